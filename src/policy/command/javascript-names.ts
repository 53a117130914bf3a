const namesOf = (list: string): ReadonlySet<string> => new Set(list.split(' '));
const within = (module: string, list: string) => list.split(' ').map((name) => `${module}.${name}`);

/** Modules of Node.js some functions of which only compute or read. */
export const MODULES = namesOf('fs os path crypto');

/** What a program may look at that no function can be reached from. */
export const VALUES: ReadonlySet<string> = new Set([
  ...'undefined NaN Infinity __dirname __filename os.EOL path.sep path.delimiter'.split(' '),
  ...within('process', 'version versions platform arch pid ppid execPath release argv env'),
  ...within('Math', 'PI E LN2 LN10 SQRT2'),
  ...within('Number', 'MAX_SAFE_INTEGER MIN_SAFE_INTEGER MAX_VALUE EPSILON'),
]);

/** Functions that make a text or a number, or new data, of whatever they are given, or print it. */
export const CONSUMES: ReadonlySet<string> = new Set([
  ...'String Number Boolean BigInt parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent'.split(' '),
  ...'encodeURI decodeURI atob btoa Object.keys Array.isArray Buffer.byteLength'.split(' '),
  ...within('console', 'log error warn info debug table dir'),
  ...within('JSON', 'parse stringify'),
  ...within('Number', 'isInteger isFinite isNaN isSafeInteger parseFloat parseInt'),
  ...within('Math', 'max min round floor ceil abs sqrt cbrt pow random trunc sign hypot log log2 log10 exp'),
  ...within('Date', 'now parse UTC'),
  ...within('process', 'stdout.write stderr.write cwd uptime exit memoryUsage hrtime'),
  ...within('os', 'cpus totalmem freemem loadavg hostname platform arch type release tmpdir homedir uptime userInfo'),
  ...within('path', 'basename dirname extname join resolve relative normalize isAbsolute parse'),
  ...within('crypto', 'randomUUID randomInt randomBytes'),
]);

/** Functions whose results hold what they are given. */
export const KEEPS: ReadonlySet<string> = new Set([
  ...within('Object', 'values entries fromEntries assign freeze groupBy'),
  ...within('Array', 'from of'),
  'Buffer.from',
  'structuredClone',
]);

/** Those of both that call a function which they are given. */
export const CALL_BACK = namesOf('JSON.parse JSON.stringify Array.from Object.groupBy');

/** Functions whose first argument names a file or folder that they read. */
export const READS: ReadonlySet<string> = new Set(
  within('fs', 'readFileSync existsSync readdirSync statSync lstatSync'),
);

/** Functions that give a thing with methods of its own. */
export const HANDLES = namesOf('crypto.createHash fs.statSync fs.lstatSync process.stdin.on process.stdin.setEncoding');

/** What `new` makes. */
export const CLASSES = namesOf('Date Set Map URL URLSearchParams Error TypeError Array');

/** Methods of texts, numbers, lists, dates, patterns, sets, maps, hashes and entries of folders that change nothing. */
export const METHODS = namesOf(
  'at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf localeCompare match matchAll normalize padEnd padStart repeat search slice split startsWith substring substr ' +
    'toLowerCase toUpperCase trim trimEnd trimStart toString flat join keys values entries toReversed toFixed toLocaleString toPrecision ' +
    'toISOString getTime getFullYear getMonth getDate getDay getHours getMinutes getSeconds getUTCFullYear getUTCMonth getUTCDate getUTCDay getUTCHours getUTCMinutes getTimezoneOffset toLocaleDateString toLocaleTimeString toUTCString toDateString valueOf ' +
    'test exec has get getAll update digest isDirectory isFile isSymbolicLink',
);

/** Methods that change what they are called on. */
export const CHANGES = namesOf('push pop shift unshift splice reverse fill sort set add delete clear append');

/** Methods that call a function which they are given. */
export const ITERATES = namesOf(
  'map filter find findIndex findLast findLastIndex some every reduce reduceRight flatMap forEach sort toSorted replace replaceAll',
);

/** Options of reading functions that open nothing for writing. */
export const READ_OPTIONS = namesOf('encoding recursive withFileTypes');

/** A value of each kind that data can be of, whose methods data has. */
const kinds = (): readonly unknown[] => [
  {},
  () => {},
  '',
  0,
  true,
  Symbol(''),
  0n,
  [],
  new Date(0),
  /x/,
  new Map(),
  new Set(),
  new Error(''),
  new URL('a:'),
  new URLSearchParams(),
  Buffer.alloc(0),
  new ArrayBuffer(0),
  [].values(),
  [].values().map((each) => each),
  new Map().keys(),
  new Set().keys(),
  ''.matchAll(/x/g),
  new URLSearchParams().keys(),
];

function methodsOf(value: unknown): readonly string[] {
  const names: string[] = [];
  for (let each: unknown = Object.getPrototypeOf(value); each !== null; each = Object.getPrototypeOf(each))
    for (const [name, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(each)))
      if (typeof member === 'function') names.push(name);
  return names;
}

let inherited: ReadonlySet<string> | undefined;

/** True for a name under which data may have a function, or what all data inherits from. */
export function isInherited(name: string): boolean {
  // The methods that are listed, too: newer versions of Node.js know more.
  inherited ??= new Set([...kinds().flatMap(methodsOf), ...METHODS, ...CHANGES, ...ITERATES, '__proto__']);
  return inherited.has(name);
}
