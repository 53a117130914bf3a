import type { SyntaxNode } from 'unbash';
import { forEachChild, parse } from 'unbash';
import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked, firstDoubt } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { dangerousWords, executingOptions } from '#policy/command/exec-option-table.ts';
import { suspectTable } from '#policy/command/suspect-table.ts';
import { toArg } from '#policy/command/words.ts';

import { shipped } from '../samples.ts';
import { commandsOf, topics } from './command-lists.ts';

interface Place {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Every literal word of every simple command in a text. */
function wordsOf(text: string): readonly Place[] {
  const places: Place[] = [];
  const visit = (node: SyntaxNode): void => {
    for (const word of node.type === 'Command' ? [node.name, ...node.args] : []) {
      const arg = word?.type === 'Word' ? toArg(word) : undefined;
      if (word && arg?.kind === 'literal') places.push({ text: arg.text, from: word.pos, to: word.end });
    }
    forEachChild(node, visit);
  };
  visit(parse(text));
  return places;
}

const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Ways to write a word so that its text does not tell what it is. */
const spellings: readonly (readonly [string, (command: string, place: Place) => string])[] = [
  [
    '"$(…)"',
    (command, { text, from, to }) => `${command.slice(0, from)}"$(printf %s ${quoted(text)})"${command.slice(to)}`,
  ],
  [
    '$V',
    (command, { text, from, to }) => `V=$(printf %s ${quoted(text)}); ${command.slice(0, from)}$V${command.slice(to)}`,
  ],
  ['$V as said', (command, { text, from, to }) => `V=${quoted(text)}; ${command.slice(0, from)}$V${command.slice(to)}`],
];

const GUESSED =
  /^(?:V=.*?; )?(?:npx )?(?:\.\/configure|aria2c|asciinema|bat|borgmatic|cap|cdist|cargo(?: \S+)* (?:with|flamegraph)|certbot|cf|chef-run|cmake|condor_run|consul|consul-template|dbclient|ddev|diff3|dosbox|dotnet-coverage|dvc|dvtm|eb|fab|firebase|flamegraph|flask|genie|gnome-terminal|guestfish|gunicorn|hotel|hstart|hyprctl|juju|kamal|kitty|knife|lando|lf|loop|lynx|mani|mpv|msfconsole|multitime|mytool|nbdkit|offlineimap|openconnect|platform|pm2|pppd|ptw|pyinfra|qtile|ranger|rclone|restic|rofi|runas|salt-run|sc|scrot|sdiff|shell2http|shellinaboxd|sky|spacectl|strace|t-rec|tmate|tsup|ttyrec|tv|ug|ugrep|websocat|wezterm|winrs|wmic|xdg-user-dir|xmake|xplr|xterm|zathura|zellij) /;

/** Whose operand is nearly always an address, a name or a pattern. */
const EVERYDAY =
  /(?:^|[\s;&|(`'"/])(?:ag|ack|borg|bun|cargo|cnpm|curl|dialog|dotnet|exiftool|go|gotestsum|journalctl|npm|pnpm|pytest|rg|shuf|sort|wget|yarn|git(?: \S+)* (?:diff|log|show|whatchanged))(?:[\s.]|$)/;

/** Where such a word is mere data, or is taken for it. */
const exceptions: readonly { readonly why: string; readonly holds: (command: string, word: string) => boolean }[] = [
  {
    why: 'whether a program that is not known takes a text for a command is guessed from the text, which is not known either',
    holds: (command, word) => guessed.has(command) || (GUESSED.test(command) && /[\s;]/.test(word)),
  },
  {
    why: 'which setting names a program, and which its arguments, is told by their names, which are not known either',
    holds: (command, word) => /^(?:restic|condor_submit) /.test(command) && word.includes('='),
  },
  {
    why: 'the name of a file that is written says nothing of what is in it; which of several files a later word means is not known',
    holds: (command, word) => ownScripts.has(command) && !/^(?:-|V=)/.test(word),
  },
  {
    why: 'a connection string is how a database is named: psql "$URL"',
    holds: (command, word) => /^(?:psql|mysql|smbclient) /.test(command) && /^--(?:output|pager|command)=/.test(word),
  },
  {
    why: 'an operand of an everyday tool that only the run tells is taken for no option: curl "$url", git show "$sha"',
    holds: (command, word) => EVERYDAY.test(command) && word.startsWith('-'),
  },
  {
    why: 'a client of a database may be fed a dump that only the run tells',
    holds: (command) => /^(?:echo|printf|\{) .*\| (?:psql|mysql|sqlite3)$/.test(command),
  },
];

const ownScripts = new Set(commandsOf('attacks-own-scripts'));
const guessed = new Set(commandsOf('attacks-guessed-texts'));

const entries = compileEntries(shipped.blocked_commands);

function isDenied(command: string): boolean {
  const analysis = analyzeCommand(command);
  return analysis.opaque.length > 0 || findBlocked(analysis, entries).length > 0;
}

/** What is said of the first thing in a command that cannot be read off, as guards say it. */
function doubtOf(command: string) {
  const analysis = analyzeCommand(command);
  const doubt = firstDoubt(analysis, findBlocked(analysis, entries));
  return doubt && { construct: doubt.construct, position: doubt.at + 1 };
}

describe('a word whose text does not tell what it is [gate:commands:unknown-words]', () => {
  it.each(topics('attacks'))('leaves every command of %s denied, wherever it stands', (list) => {
    const allowed = commandsOf(list).flatMap((command) =>
      wordsOf(command).flatMap((place) =>
        exceptions.some(({ holds }) => holds(command, place.text))
          ? []
          : spellings.map(([, spell]) => spell(command, place)).filter((each) => !isDenied(each)),
      ),
    );
    expect(allowed).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    const commands = topics('attacks').flatMap(commandsOf);
    const needed = exceptions.map(({ holds }) =>
      commands.some((command) =>
        wordsOf(command).some(
          (place) => holds(command, place.text) && spellings.some(([, spell]) => !isDenied(spell(command, place))),
        ),
      ),
    );
    expect(needed).toEqual(exceptions.map(() => true));
  });

  it.each([
    ['uv "$verb" npm publish', 'words of npm publish that are not literal', 4],
    ['k3s "$(echo kubectl)" apply', 'a verb that is not literal', 5],
    ['ssh-agent "$(echo npm)" publish', 'a command name that is not literal', 11],
    ['rr record "$(echo npm)" publish', 'words of npm publish that are not literal', 11],
    ['git stash show "$(echo --ext-diff)"', 'a word that is not literal and may be --ext-diff', 16],
    ['e=$(cat e); bundle $e npm publish', 'a word that is not literal and may be exec', 20],
    ['true && scp "$file" host:', 'a word that is not literal and may be -S', 13],
    ['bash -c \'fd "$x"\'', 'a word that is not literal and may be -x', 9],
    ['mytool --command "$x"', 'a command that is not literal', 18],
    ['cmake -E env "$a" "publ$b"', 'a command name that is not literal', 14],
    ['cmake "$a" "$b" npm publish', 'words of npm publish that are not literal', 7],
    ['git --"$x" status', 'an option of git that is not literal', 5],
    ['git --no-pager --exec"$x" log', 'an option that executes its value', 16],
    ['git -C $dir status', 'an option of git that is not literal', 8],
    ['git --git-dir=$dir/.git log', 'an option of git that is not literal', 5],
    ['git -C "$@" fetch', 'an option of git that is not literal', 8],
    ['nmap --"$x"', 'a word that is not literal and may be --script=x', 6],
    ['for f in $(ls); do uv $f npm publish; done', 'a word that is not literal and may be run', 23],
    ['tar -x b "$x"', 'a word that is not literal and may be -I', 10],
    ['scp -i $key host:', 'a word that is not literal and may be -S', 8],
    ['scp "$f" -- host:', 'a word that is not literal and may be -S', 5],
    ['find . -- "$x" npm publish ";"', 'words of npm publish that are not literal', 11],
    ['hub fetch "$x"', 'a word that is not literal and may be --upload-pack=x', 11],
    ['aws ecs "$b" --command "npm publish"', 'words of npm publish that are not literal', 24],
    ['script "$x"', 'a word that is not literal and may be --command=', 8],
    ['fzf "$x"', 'a word that is not literal and may be --preview=', 5],
  ])('is named with its position: %j', (command, construct, position) => {
    expect(doubtOf(command)).toEqual({ construct, position });
  });

  it('is not asked about without end', () => {
    const words = Array.from({ length: 250 }, (_, index) => `"$a${index}"`).join(' ');
    expect(doubtOf(`mytool ${words}`)).toEqual({
      construct: 'more words that are not literal than can be judged',
      position: 8,
    });
  });
});

/** Programs whose own reading refuses whatever is not literal. */
const refusesAll = new Set(['make', 'gmake', 'm4']);

describe('the words by which programs execute something', () => {
  it('are told of every program that refuses an option', () => {
    const programs = Object.keys({ ...dangerousWords, ...executingOptions });
    expect(programs.filter((program) => !refusesAll.has(program) && !Object.hasOwn(suspectTable, program))).toEqual([]);
  });

  it.each(Object.keys(dangerousWords).filter((program) => !refusesAll.has(program)))(
    'include one that %s refuses',
    (program) => {
      const words = suspectTable[program]?.words.split(' ') ?? [];
      expect(words.some((word) => dangerousWords[program]?.test(word))).toBe(true);
    },
  );
});
