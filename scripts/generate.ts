// Writes everything that is derived from the code: tables of the documentation and the JSON schema of policies.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { generateFiles } from './pages/index.ts';

const root = path.dirname(import.meta.dirname);
for (const file of generateFiles(root)) writeFileSync(path.join(root, file.path), file.text);
