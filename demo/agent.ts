import { closeSync, openSync } from 'node:fs';
import path from 'node:path';

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

/** What a tool answered: its facts, or the refusal. */
export interface Answer {
  readonly refused: boolean;
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A scripted agent: a real MCP client that speaks to a real server process over stdio. */
export interface Agent extends AsyncDisposable {
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Answer>;
}

interface AgentRequest {
  readonly workingDirectory: string;
  readonly stateFolder: string;
  readonly serveArguments?: readonly string[];
}

/** The command that runs this checkout's fixgate. */
export const fixgate = [process.execPath, path.join(import.meta.dirname, '../bin/fixgate.js')] as const;

/** Starts `fixgate serve` in `workingDirectory` and connects to it; its log goes to `fixgate.log` there. */
export async function connectAgent({
  workingDirectory,
  stateFolder,
  serveArguments = [],
}: AgentRequest): Promise<Agent> {
  const client = new Client({ name: 'demo-agent', version: '1.0.0' });
  const [command, entry] = fixgate;
  const log = openSync(path.join(workingDirectory, 'fixgate.log'), 'a');
  await client.connect(
    new StdioClientTransport({
      command,
      args: [entry, 'serve', ...serveArguments],
      cwd: workingDirectory,
      env: { PATH: process.env['PATH'] ?? '', FIXGATE_STATE_DIR: stateFolder },
      stderr: log,
    }),
  );
  closeSync(log);
  return {
    async call(name, args) {
      const result = await client.callTool({ name, arguments: { ...args } });
      const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
      return {
        refused: result.isError === true,
        text,
        facts: (result.structuredContent ?? {}) as Record<string, unknown>,
      };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
