/** What code of a language may consist of so that it only computes and prints: what it lists leads nowhere else. */
export interface Language {
  /** Imports, and calls that are plain as a whole: the source of a pattern. */
  readonly phrases: string;
  /** Texts in which code stands, on one line; and where it stands. */
  readonly templates: string;
  readonly hole?: RegExp;
  /** Texts, regular expressions, and comments that do not say how the code is encoded. */
  readonly texts: string;
  readonly names: string;
  readonly marks: string;
  /** Keywords, functions, modules, values and parameters. */
  readonly listed: ReadonlySet<string>;
  /** What may stand behind a dot to be called or looked into. */
  readonly members: ReadonlySet<string>;
  /** What may stand behind a dot otherwise, but get no other value. */
  readonly values: ReadonlySet<string>;
  /** Names of variables, which mean nothing by themselves. */
  readonly variables: RegExp;
  /** Where variables get a value, in code whose tokens are a space apart. */
  readonly declares: readonly RegExp[];
  /** Where a phrase names the file that it reads, as one of its groups, and names or phrases by which any file may be read. */
  readonly reads?: { readonly named: RegExp; readonly any: RegExp };
  /** A member of anything may be given a value: on the left of `=`, behind `for` and behind `as`. */
  readonly assigns?: true;
  /** Code that is not plain though each of its parts is. */
  readonly never?: RegExp;
}

const wordsOf = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const NOTHING = '(?!)';
const NEVER = /(?!)/;
const NAME = String.raw`[A-Za-z_$][\w$]*`;
/** Names that are no function, module, keyword or global value of any of these languages, whatever their version. */
const VARIABLE = String.raw`(?:_|[a-z]|[a-uw-z]\d|(?:item|row|cmd|key|val|value|line|pod|dep|entry|word|num|total|count|result|obj|user|rec|record|job|cfg|part|field|col|name|svc|tag|image|doc|msg|rate|dur|size|age|day|host|label|metric|team|node_name|pkg|conf|content|text|group|match|member|owner|commit|build|release|version|score|price)_?s?\d?|data|body|id|ids|res|acc|cur|prev|idx|lst|arr|ns|ts|rc|now|dt|st|sorted_\w+|by_\w+)(?!\w)`;
const VARIABLES = new RegExp(`^${VARIABLE}$`);
/** Texts of most languages; what looks like two of them in a row may be one of several lines. */
const QUOTED = String.raw`'(?:\\.|[^'\\\n])*'(?!['"])|"(?:\\.|[^"\\\n])*"(?!['"])`;
const PLAIN_FILE = String.raw`(?:'[\w./~-]+'|"[\w./~-]+")`;
/** The end of a statement behind it, which a next line cannot go on with. */
const ENDS = String.raw`(?=[ \t]*(?:;|$|\n(?!\s*[^\w\s'"#])))`;

const PYTHON_MODULE = String.raw`(?:json|sys|platform|time|datetime|math|re|base64|hashlib|uuid|secrets|random|string|statistics|collections|itertools|textwrap|calendar|decimal|ipaddress|html|csv|glob|pathlib|yaml|ast|socket|sqlite3|shutil|os|os\.path|urllib\.parse|tomllib)`;
const PYTHON_PART = String.raw`(?:datetime|timedelta|timezone|date|Counter|defaultdict|sha256|md5|uuid4|quote|unquote|urlparse|parse_qs|Decimal|Path)`;
const PYTHON_PACKAGE =
  '(?:requests|yaml|numpy|pandas|django|flask|fastapi|boto3|botocore|torch|tensorflow|sqlalchemy|pytest|pydantic|cryptography|setuptools|pip|click|jinja2|redis|psycopg2|urllib3|certifi|attr|aiohttp|httpx|scipy|matplotlib|sklearn)';
const PYTHON_TEMPLATE = (quote: string) =>
  String.raw`(?:[fF][rR]?|[rR][fF])${quote}(?:[^'"{}\\\n]|\{\{|\}\}|\{[^${quote}{}#\\\n]*\})*${quote}(?!['"])`;

/** `import json, sys; print(json.load(sys.stdin)["items"])` */
export const python: Language = {
  phrases: [
    String.raw`^import sys; ?print\(sys\.path\)$`,
    String.raw`\bimport ${PYTHON_MODULE}(?:, ?${PYTHON_MODULE})*${ENDS}`,
    String.raw`\bimport (?:json|time|datetime|math|re|statistics|collections|itertools|urllib\.parse) as [a-z]t?(?:, ?${PYTHON_MODULE})*${ENDS}`,
    String.raw`\bfrom ${PYTHON_MODULE} import ${PYTHON_PART}(?:, ?${PYTHON_PART})*${ENDS}`,
    // What a package says of itself.
    String.raw`^import (?:${PYTHON_PACKAGE} as (?<alias>[a-z]{2})|(?<module>${PYTHON_PACKAGE})); ?print\((?:\k<alias>\k<module>)\.__(?:version|file)__\)$`,
    String.raw`\bopen\((?:${PLAIN_FILE}|sys\.argv\[\d\])(?:, ?(?:'r[bt]?'|"r[bt]?"))?(?:, ?(?:encoding|newline)=(?:'[\w-]*'|"[\w-]*"))?\)(?: as [a-z]\b(?!\s*[.[(]))?`,
    String.raw`\bos\.(?:environ\.get(?=\()|getenv(?=\()|sep|(?:getcwd|cpu_count|getpid)\(\)|listdir(?=\()|path\.(?:exists|isfile|isdir|basename|dirname|abspath|realpath|getsize|getmtime|join|splitext)(?=\())(?!\w)`,
    String.raw`\b(?:ast\.(?:parse(?=\((?:open\(${PLAIN_FILE}\)|sys\.stdin)\.read\(\)\))|(?:dump|literal_eval)(?=\())|socket\.(?:gethostname|getfqdn)(?=\(\))|shutil\.(?:which|disk_usage)(?=\()|sqlite3\.(?:sqlite_version|version)|yaml\.(?:safe_load(?:_all)?|safe_dump)(?=\())(?!\w)`,
    String.raw`\bplatform\.(?:system|node|machine|release|python_version)\(\)`,
  ].join('|'),
  templates: String.raw`(?<!\w)(?:${PYTHON_TEMPLATE("'")}|${PYTHON_TEMPLATE('"')})`,
  hole: /(?:\{\{|\}\}|[^{}])+|\{([^{}]*)\}/g,
  texts: String.raw`(?<!\w)(?:[rR][bB]?|[bB][rR]?|[uU])?(?:${QUOTED})`,
  names: NAME,
  // A whole comment is none of its tokens, unless it says how the code is encoded.
  marks: String.raw`#(?![^\n]*coding)[^\n]*|[()[\]{},.:;+*/%<>=!&|^~-]`,
  listed: wordsOf(
    'print len sum min max sorted reversed enumerate range zip map filter list dict set tuple str int float bool bytes round abs any all isinstance repr hex bin ord chr divmod pow ' +
      'for in if else elif and or not is lambda None True False assert pass with def return while break continue try except finally Exception ValueError KeyError IndexError ' +
      'json sys time datetime math re base64 hashlib uuid secrets random string statistics collections itertools textwrap calendar decimal ipaddress html csv glob pathlib urllib tomllib ' +
      'timedelta timezone date Counter defaultdict sha256 md5 uuid4 quote unquote urlparse parse_qs Decimal Path ' +
      'indent sort_keys reverse sep end default ensure_ascii separators delimiter maxsplit start strict tz tzinfo days hours minutes seconds',
  ),
  // Where a function could be given another value, library code would call that.
  members: wordsOf(
    'load loads dumps read readline readlines write flush exit ' +
      'get keys values items split rsplit splitlines strip lstrip rstrip join lower upper title startswith endswith count index find format encode decode zfill ljust rjust replace append extend add update sort pop isdigit setdefault ' +
      'time time_ns datetime date now utcnow utcfromtimestamp fromtimestamp fromisoformat isoformat strftime strptime timestamp timedelta timezone total_seconds today gmtime localtime ' +
      'findall finditer search match fullmatch sub group groups ' +
      'b64decode b64encode urlsafe_b64decode urlsafe_b64encode sha1 sha256 sha512 md5 hexdigest digest hex uuid4 token_hex token_urlsafe randint choice random ' +
      'mean median stdev quantiles ceil floor sqrt log log2 log10 Counter most_common defaultdict chain reader DictReader ' +
      'parse quote unquote quote_plus unquote_plus urlparse urlencode parse_qs ip_address ip_network dedent escape unescape ' +
      'Path glob rglob read_text iterdir is_file is_dir exists stat relative_to as_posix',
  ),
  values: wordsOf(
    'stdin stdout stderr argv buffer version version_info executable maxsize byteorder platform implementation prefix major minor micro name ' +
      'utc days seconds IGNORECASE MULTILINE hex pi ascii_letters digits st_size st_mtime stem suffix parent',
  ),
  variables: VARIABLES,
  declares: [
    /(\w+(?: , \w+)*) (?:[-+*/] )?=(?! =)/g,
    /\bfor ([\w ,()]+?) in /g,
    /\blambda ([\w ,]*?) ?:/g,
    / as (\w+)/g,
    /\bdef (\w+ \( [\w ,]*)/g,
  ],
  reads: {
    named: /^open\(['"]([^'"]+)/,
    any: /^(?:open\(|os\.(?:listdir|path\.(?:exists|is|get))|(?:pathlib|Path|glob)$)/,
  },
  assigns: true,
  // A path is moved by it.
  never: /^(?=[^]*\b(?:Path|pathlib)\b)(?=[^]*\breplace\b)/,
};

/** `puts JSON.parse($stdin.read)["items"].size`, in few words: single characters make a command of what follows. */
export const ruby: Language = {
  phrases: String.raw`\brequire (?:'(?:json|time|date)'|"(?:json|time|date)")${ENDS}|\bFile\.(?:read|size|basename|exist\?)\(${PLAIN_FILE}\)`,
  templates: NOTHING,
  // Behind a word or a mark that needs something on its right, a slash begins a regular expression.
  texts: String.raw`'[^'\\\n]*'(?!['"])|"(?:[^"\\#\n]|\\[nrt])*"(?!['"])|(?<=(?:\bif|\bunless|[(,~])\s*)\/(?:\\.|[^/\\#\n])+\/[imx]*(?!\w)`,
  names: String.raw`[A-Za-z_$]\w*(?:[?!](?![=~]))?`,
  marks: String.raw`[!=]~|[()[\]{},.;+*=|-]`,
  listed: wordsOf(
    'if unless $_ puts p pp print RUBY_VERSION RUBY_PLATFORM RUBY_ENGINE JSON Time Date Math ENV ARGV STDIN $stdin true false nil',
  ),
  members: new Set(),
  values: wordsOf(
    'parse generate pretty_generate read lines now today at utc iso8601 to_s to_i to_f to_a size length count first last keys values sort uniq sum max min map each select join split strip upcase downcase reverse year strftime round fetch dig sqrt inspect chomp sub gsub ' +
      'include? start_with? end_with? match? empty? nil? any? all? key? upcase! downcase! chomp! strip! sub! gsub!',
  ),
  variables: VARIABLES,
  declares: [/(\w+) =(?! =)/g, /\{ \| ([\w ,]+) \|/g],
  reads: { named: /^File\.\w+\??\(['"]([^'"]+)/, any: /^File/ },
  // With `-n`, what it holds is read.
  never: /\bARGV\b[^]*[=!]/,
};

/** `echo PHP_VERSION;`, without variables: one that holds a name can be called. */
export const php: Language = {
  phrases: NOTHING,
  templates: NOTHING,
  texts: String.raw`'[^'\\\n]*'(?!['"])|"(?:[^"\\$\n]|\\[nrt])*"(?!['"])`,
  names: NAME,
  marks: String.raw`=>|[()[\],.;+*=-]`,
  listed: wordsOf(
    'echo print true false null PHP_VERSION PHP_VERSION_ID PHP_MAJOR_VERSION PHP_OS PHP_OS_FAMILY PHP_EOL PHP_INT_SIZE PHP_INT_MAX PHP_BINARY PHP_SAPI phpversion php_uname php_sapi_name php_ini_loaded_file ini_get extension_loaded get_loaded_extensions implode json_encode var_dump var_export print_r date time sys_get_temp_dir memory_get_usage strtoupper strtolower strlen count',
  ),
  members: new Set(),
  values: new Set(),
  variables: NEVER,
  declares: [],
};
