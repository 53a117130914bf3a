import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { policyJsonSchema } from '#policy/schema.ts';

it('the committed JSON schema is the one that the code defines [gate:policy:schema]', () => {
  const committed: unknown = JSON.parse(
    readFileSync(new URL('../../../policies/policy.schema.json', import.meta.url), 'utf8'),
  );
  expect(committed).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
});

it('the JSON schema refuses unknown keys', () => {
  expect(policyJsonSchema()).toMatchObject({ additionalProperties: false });
});
