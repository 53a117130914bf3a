/** One line of a stack trace. Text is untrusted. */
export interface StackFrame {
  /** As the trace names it; the type when a .NET trace names no file. */
  readonly file: string;
  /** From 1; absent when the trace names none. */
  readonly line?: number;
  readonly function?: string;
  /** Not of the runtime, the standard library or an installed package. */
  readonly inProject: boolean;
}

type Found = Omit<StackFrame, 'inProject'>;
type Read = (line: string, before: string) => Found | undefined;

function frame(file: string | undefined, line: string | undefined, name?: string): Found | undefined {
  if (file === undefined) return undefined;
  return {
    file,
    ...(line !== undefined && { line: Number(line) }),
    ...(name !== undefined && name !== '' && { function: name }),
  };
}

const readers: readonly Read[] = [
  // Rust: the function stands in the line before `at src/cart.rs:88:5`.
  (text, before) => {
    const match = /^\s+at ([^\s:]{1,400}\.rs):(\d{1,7})(?::\d{1,7})?$/.exec(text);
    return frame(match?.[1], match?.[2], /^\s*\d{1,4}: (?:0x[0-9a-f]{1,16} - )?(\S.{0,300})$/.exec(before)?.[1]);
  },
  // Node: `at async CartService.total (file:///app/src/cart.js:88:12)`
  (text) => {
    const match =
      /^\s*at (?:async )?(?:(?:new )?([^()]{1,200}?) \()?(?:file:\/\/)?([^\s()]{1,400}?):(\d{1,7}):\d{1,7}\)?(?: \{)?$/.exec(
        text,
      );
    return frame(match?.[2], match?.[3], match?.[1]);
  },
  // Java: `at com.acme.CartService.total(CartService.java:88)`; the package gives the folder.
  (text) => {
    const match =
      /^\s*at (?:[\w.@-]{1,100}\/{1,2}){0,2}([\w.$]{1,300})\.([\w$<>-]{1,150})\((?:([\w$-]{1,100}\.\w{1,10})(?::(\d{1,7}))?|Native Method|Unknown Source)\)/.exec(
        text,
      );
    if (match?.[1] === undefined) return undefined;
    const [, type, method, file = 'Unknown.java', line] = match;
    const folder = type.split('.').slice(0, -1).join('/');
    const className = type.split('.').at(-1)?.split('$')[0] ?? '';
    return frame(folder === '' ? file : `${folder}/${file}`, line, `${className}.${method}`);
  },
  // .NET: `at Acme.Cart.Total(Int32 id) in /src/Cart.cs:line 12`; without symbols the type stands for the file.
  (text) => {
    const match = /^\s*at ([^\s(]{1,300})\([^)]{0,300}\)(?: in (.{1,400}):line (\d{1,7}))?$/.exec(text);
    if (match?.[1]?.includes('.') !== true) return undefined;
    return frame(match[2] ?? match[1].split('.').slice(0, -1).join('.'), match[3], match[1]);
  },
  // Python: `File "/app/cart.py", line 88, in total`
  (text) => {
    const match = /^[\s|+]*File "([^"]{1,400})", line (\d{1,7})(?:, in (\S{1,200}))?/.exec(text);
    return frame(match?.[1], match?.[2], match?.[3]);
  },
  // Go: the function stands in the line before `\t/app/cart.go:88 +0x1d`.
  (text, before) => {
    const match = /^\s+(\/?[^\s:]{1,400}\.go):(\d{1,7})(?: \+0x[0-9a-f]{1,16})?$/.exec(text);
    return frame(
      match?.[1],
      match?.[2],
      /^(?:created by )?(\S{1,300}?)(?:\([^()]{0,300}\))?(?: in goroutine \d{1,10})?$/.exec(before)?.[1],
    );
  },
  // Ruby: "from /app/cart.rb:88:in `total'"
  (text) => {
    const match = /^\s*(?:\d{1,4}: )?(?:from )?([^\s:]{1,400}\.(?:rb|erb|rake)):(\d{1,7}):in [`']([^']{1,200})'/.exec(
      text,
    );
    return frame(match?.[1], match?.[2], match?.[3]);
  },
  // PHP: `#0 /app/src/Server.php(12): Cart->total()`
  (text) => {
    const match = /^\s*#\d{1,4} ([^\s():]{1,400})\((\d{1,7})\): ([^\s(]{1,300})/.exec(text);
    return frame(match?.[1], match?.[2], match?.[3]);
  },
  // PHP: where it was thrown, `Uncaught RuntimeException: boom in /app/src/Cart.php:88`
  (text) => {
    const match = / (?:in|at) (\/[^\s:]{1,400}\.php):(\d{1,7})\)?$/.exec(text);
    return frame(match?.[1], match?.[2]);
  },
];

const FOREIGN_FILES =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems|\.cargo\/registry|bower_components)\/|^node:|^internal\/|^<|^webpack\/|\/lib\/python\d|\/(?:usr\/local|usr\/lib|opt)\/(?:go|ruby|php|node|dotnet)\b|\/lib\/ruby\/|\/pkg\/mod\/|\/libexec\/src\/|^\/rustc\/|\/rustlib\/|^(?:java|javax|jakarta|jdk|sun|com\/sun|kotlin|kotlinx|scala|akka|groovy|clojure|org\/(?:springframework|apache|hibernate|junit|jboss|eclipse|slf4j|postgresql|aspectj|mockito|quartz)|io\/(?:netty|grpc|micrometer|opentelemetry|quarkus|vertx)|reactor|com\/(?:google\/common|fasterxml|zaxxer|mysql|mongodb)|ch\/qos|okhttp3|retrofit2)\//;
const FOREIGN_FUNCTIONS =
  /^(?:<?(?:core|std|alloc|tokio|futures|hyper|tower|axum|actix_web|anyhow|backtrace)::|rust_begin_unwind|__rust|runtime\.|net\/http\.|testing\.|System\.|Microsoft\.)/;

/** Reads a frame of Node, Java, .NET, Python, Go, Ruby, PHP or Rust; Go and Rust name the function in the line before. */
export function readFrame(line: string, before: string): StackFrame | undefined {
  for (const read of readers) {
    const found = read(line, before);
    if (found !== undefined) return { ...found, inProject: isOfProject(found) };
  }
  return undefined;
}

function isOfProject({ file, function: name }: Found): boolean {
  return !FOREIGN_FILES.test(file.replaceAll('\\', '/')) && !(name !== undefined && FOREIGN_FUNCTIONS.test(name));
}
