import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

// Another process that is in the middle of writing: it holds the lock, says so, and changes the incident before it lets go.
const [file = '', id = '', change = ''] = process.argv.slice(2);
const changes: Readonly<Record<string, string>> = {
  escalate: `json_set(record, '$.state', 'escalated', '$.escalation', json('{"reason":"enough","ruleId":"human","at":1}'))`,
  raise: `json_set(record, '$.severity', 'SEV1')`,
  nothing: 'record',
};
const database = new DatabaseSync(file);
database.exec('BEGIN IMMEDIATE');
process.stdout.write('holding\n');
await sleep(400);
database.prepare(`UPDATE incidents SET record = ${changes[change]} WHERE id = ?`).run(id);
database.exec('COMMIT');
database.close();
