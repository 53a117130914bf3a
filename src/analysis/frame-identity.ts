import type { StackFrame } from './frame-readers.ts';

/** What of a frame stays the same from release to release: its function and file without numbers that a compiler or a deployment gives. */
export function identityOf({ file, function: name }: StackFrame): string {
  return `${toFunction(name ?? '', file)} ${toFile(file)}`.trim();
}

/** What compilers put into the names of functions: lambdas, closures, async wrappers, proxies. */
const generated: readonly (readonly [RegExp, string])[] = [
  // Node: how a method was reached.
  [/ \[as [^\]]{1,100}\]/, ''],
  // Rust: the hash of a symbol, closures and async blocks.
  [/::h[0-9a-f]{16}$/, ''],
  [/::\{\{?(?:closure|async_\w{1,20}|constant)(?:#\d{1,6})?\}?\}/g, ''],
  // .NET: `Cart.<TotalAsync>d__5.MoveNext` is `Cart.TotalAsync`; `<>c__DisplayClass5_0.<Total>b__0` is `Total`.
  [/\.?<>c(?:__DisplayClass[\d_]{1,20})?(?=\.|$)/g, ''],
  [/<(\w{1,100})>[bdg]__(?:(\w{1,100})\|)?[\d_]{1,20}(?:\.MoveNext)?/g, '$1$2'],
  [/`\d{1,3}|\[[\w,. ]{1,200}\]/g, ''],
  // Java, Kotlin and Scala: `lambda$total$0`, `$anonfun$total$1`, `access$000`, proxies.
  [/^(.*\.)?lambda\$(\w{1,100}?)\$\d{1,6}$/, '$1$2'],
  [/\$\$(?:Lambda|EnhancerBy\w{1,50}|FastClassBy\w{1,50})\b[$\w/]{0,100}/g, ''],
  [/\$anonfun\$(\w{1,100}?)\$\d{1,6}/g, '$1'],
  [/\$(?:lambda|suspendImpl|Proxy)[-$]?\d{0,6}/g, ''],
  [/(GeneratedMethodAccessor|GeneratedConstructorAccessor|_closure|access\$)\d{1,8}/g, '$1'],
  [/\$\d{1,6}(?=$|\.|\$)/g, ''],
  // Go: `main.(*Cart).Total.func1.2`, type arguments are gone already.
  [/(?:\.func\d{1,6})(?:\.\d{1,6}){0,10}/g, ''],
  [/-fm$/, ''],
  // Ruby: `block (2 levels) in total`.
  [/^(?:block|rescue|ensure)(?: \(\d{1,3} levels\))? in /, ''],
  [/^(?:Object|Module|Function|exports|Proxy|AsyncFunction)\./, ''],
  [/^(?:<anonymous>|eval|anonymous)$/, ''],
  // PHP: `{closure:App\Cart::total():88}`.
  [/\{closure:[^}]{1,300}\}/, '{closure}'],
];

function toFunction(name: string, file: string): string {
  let kept = name.slice(0, 300);
  for (const [pattern, replacement] of generated) kept = kept.replace(pattern, replacement);
  // Ruby names the class since 3.4.
  if (file.endsWith('.rb')) kept = kept.replace(/^[A-Z][\w:]{0,200}[#.]/, '');
  // A minifier leaves names of one or two letters, another one in each build.
  return kept.split('.').every((part) => /^[A-Za-z_$]{0,2}$/.test(part)) ? '' : kept;
}

/** Where programs are installed; `src` below them is part of the project. */
const ROOT =
  /^\/?(?:usr\/src\/app\/|usr\/src\/|var\/www\/html\/|var\/www\/|var\/task\/|usr\/local\/|home\/[^/]{1,100}\/|Users\/[^/]{1,100}\/|(?:opt|srv|app|apps|code|workspace|workspaces|build|root|mnt|data)\/)/;
/** Parts of a path that differ from release to release: versions, times, digests, `app-1.2.3`. */
const RELEASE =
  /^(?:releases|current|previous|\d{4}-?\d{2}-?\d{2}[\dTZ_-]{0,12}|\d{6,20}|v?\d{1,5}(?:\.\d{1,5}){1,3}(?:[-+][\w.]{1,40})?|[\w.-]{1,80}-v?\d{1,5}(?:\.\d{1,5}){1,3}(?:[-+][\w.]{1,40})?|(?:sha256[:_-])?(?=[a-f]{0,63}\d)[0-9a-f]{7,64}|[0-9a-f]{8}-[0-9a-f-]{27})$/i;
/** The part of a bundle's name that changes with its content: `main.3f2a1b9c.js`, `index-B4x9aZkQ.js`. */
const CONTENT_HASH = /(?<=[.-])(?=[A-Za-z_]{0,40}\d|[0-9a-f]{8,})[\w]{6,40}(?=\.(?:[\w-]{1,20}\.)?[cm]?[jt]sx?$)/;
const MAX_PARTS = 4;

function toFile(file: string): string {
  let path = file
    .slice(0, 500)
    .replaceAll('\\', '/')
    .replace(/^(?:file|webpack|webpack-internal):\/{2,3}(?:[^/]{0,100}\/\.\/)?/, '/')
    .replace(/^[A-Za-z]:\//, '/')
    .replace(/[?#].*$/, '');
  for (let rest = path.replace(ROOT, ''); rest !== path; rest = path.replace(ROOT, '')) path = rest;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  // What stands in `releases` is one, whatever its name: `production-5`, `42`, `blue`.
  const release = parts
    .slice(0, -1)
    .findLastIndex((part, at) => RELEASE.test(part) || /^releases$/i.test(parts[at - 1] ?? ''));
  return parts
    .slice(release + 1)
    .slice(-MAX_PARTS)
    .join('/')
    .replace(CONTENT_HASH, '*');
}
