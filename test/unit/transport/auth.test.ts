import { describe, expect, it } from 'vitest';

import { createBearerGate, principalOf } from '#transport/auth.ts';

describe('the bearer gate', () => {
  it.each([['127.0.0.1'], ['localhost'], ['::1']])('lets everyone in on %s without a token', (host) => {
    expect(createBearerGate(host, undefined)(undefined)).toEqual({});
  });

  it.each([['0.0.0.0'], ['::'], ['fixgate.example.com']])(
    'is not made for %s without a token [server:http:token]',
    (host) => {
      expect(() => createBearerGate(host, undefined)).toThrow(expect.objectContaining({ code: 'misconfigured' }));
    },
  );

  it.each([[''], [' '], ['two words'], ['tökén'], ['line\n']])('is not made with the token %j', (token) => {
    expect(() => createBearerGate('127.0.0.1', token)).toThrow(expect.objectContaining({ code: 'misconfigured' }));
  });

  const gate = createBearerGate('127.0.0.1', 'sesame');

  it.each([['Bearer sesame'], ['bearer sesame'], ['BEARER  sesame']])('lets in "%s", once configured', (header) => {
    expect(gate(header)).toMatchObject({ authInfo: { clientId: expect.stringMatching(/^bearer:[0-9a-f]{12}$/) } });
  });

  it.each([
    [undefined],
    [''],
    ['sesame'],
    ['Basic sesame'],
    ['Bearer'],
    ['Bearer sesam'],
    ['Bearer sesame2'],
    ['Bearer sesame x'],
    ['Bearer SESAME'],
  ])('challenges %j', (header) => {
    expect(gate(header)).toMatchObject({
      refusal: { status: 401, headers: { 'www-authenticate': expect.stringContaining('Bearer realm="fixgate"') } },
    });
  });

  it('never hands the secret on', () => {
    expect(JSON.stringify(gate('Bearer sesame'))).not.toContain('sesame');
  });

  it('gives each token its own principal', () => {
    const principals = ['one', 'two'].map((token) => {
      const outcome = createBearerGate('127.0.0.1', token)(`Bearer ${token}`);
      return 'authInfo' in outcome ? principalOf(outcome.authInfo) : 'refused';
    });
    expect(new Set(principals).size).toBe(2);
    expect(principalOf(undefined)).toBe('anonymous');
  });
});
