import { describe, expect, it } from 'vitest';

import { readApproverLines } from '#approvals/approver-file.ts';

function key(kind: string): string {
  const part = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
  return `${kind} ${Buffer.concat([part(kind), part('k'.repeat(32))]).toString('base64')}`;
}

const ED = key('ssh-ed25519');

describe('a line of the approvers file', () => {
  it.each([
    `ada@example.com ${ED}`,
    `ada@example.com,bob@example.com ${ED} ada's laptop`,
    `*@example.com\t${ED}\r`,
    `"ada lovelace" ${ED}`,
    `ada@example.com namespaces="fixgate,git" ${ED}`,
    `ada@example.com cert-authority,namespaces="fixgate",valid-before="20301231" ${ED} comment`,
    `ada@example.com ${key('sk-ssh-ed25519@openssh.com')}`,
    `ada@example.com ${key('sk-ecdsa-sha2-nistp256@openssh.com')}`,
    `ada@example.com ${key('ecdsa-sha2-nistp256')}`,
    `ada@example.com ${key('ssh-rsa')}`,
  ])('names a key: %j', (line) => {
    expect(readApproverLines(`# us\n\n${line}\n`)).toEqual({ keys: 1, bad: [] });
  });

  it.each([
    'garbage',
    ED,
    'ada@example.com ssh-ed25519',
    'ada@example.com ssh-ed25519 AAAA',
    `ada@example.com ${ED.replace('ssh-ed25519', 'ssh-rsa')}`,
    'ada@example.com ssh-ed25519 AAAA…',
    '-----BEGIN OPENSSH PRIVATE KEY-----',
  ])('names none: %j', (line) => {
    expect(readApproverLines(`ada@example.com ${ED}\n${line}`)).toEqual({ keys: 1, bad: [2] });
  });
});
