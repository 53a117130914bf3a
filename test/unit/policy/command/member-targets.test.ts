import { describe, expect, it } from 'vitest';

import { readPlainCode } from '#policy/command/plain-code.ts';
import { python } from '#policy/command/plain-languages.ts';

describe('Python that gives no member a value', () => {
  it.each([
    'import json\nx = json.dumps([1], indent=2)\nprint(x)',
    'import sys\nif sys.platform == "linux": print(1)',
    'import sys\nif sys.platform != "linux": print(1)',
    'import sys\nif sys.version_info.major >= 3: print(1)',
    'import json, sys\nd = json.load(sys.stdin)\nif d.get("a"): n = 1\nelse: n = 2\nprint(n)',
    'import sys\nsys.stdout.write("a"); x = 1',
  ])('%#: %s is read', (code) => {
    expect(readPlainCode(code, python)).toEqual({ reads: [] });
  });

  it.each(['= 1', 'x =', 'x = (1'])('%s is no Python, and no error', (code) => {
    expect(() => readPlainCode(code, python)).not.toThrow();
  });
});

describe('Python that gives a member a value', () => {
  it.each([
    'import sys; x = 1; (x, sys.platform) = 1, 2',
    'import sys; [sys.platform] = ["a"]',
    'import sys; x = 1; (sys.platform,\nx) = 1, 2',
    'import sys\nfor x in [1]: pass\nfor x, sys.platform in []: pass',
    'import sys\nx = (1)\nsys.platform, x = 1, 2',
    'import sys; x = 1; (sys.platform, # a)\nx) = 1, 2',
    'import sys; x = 1 # (\nsys.platform, x = 1, 2',
    'import sys; x = 1 # a)\n(sys.platform, x) = 1, 2',
    'import sys; x = 1\n(sys.platform, x) = "darwin", 1\nimport uuid',
    'import sys; x = [1]\n[sys.platform] = ["darwin"]\nimport uuid',
    'import sys; x = {}\nfor x[0 in [1]], sys.platform in [[1, "darwin"]]: pass\nimport uuid',
    'import sys; sys.maxsize >>= 60',
    'import sys; s = sys\nwith open("/dev/null") as s.platform: pass',
  ])('%#: %s is left to the sandbox', (code) => {
    expect(readPlainCode(code, python)).toBeUndefined();
  });
});
