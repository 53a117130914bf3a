/** Between two words: blanks, punctuation, quotes. */
const GAP = String.raw`[\s\W_]{1,6}`;

/** Makes a phrase of words and alternatives; lower case. `?` before a word makes it optional. */
function phrase(...words: readonly string[]): RegExp {
  const parts = words.map((word) =>
    word.startsWith('?') ? `(?:(?:${word.slice(1)})${GAP}){0,2}` : `(?:${word})${GAP}`,
  );
  const whole = parts.join('').replace(new RegExp(`${escape(GAP)}$`), '');
  return new RegExp(String.raw`(?<![\p{L}\d])${whole}(?![\p{L}\d])`, 'u');
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

const ALL = '?all|any|every|each|of|the|your|these|those|my|our|of the|of your';
const FORMER =
  'previous|prior|above|earlier|preceding|former|foregoing|existing|original|initial|system|safety|security';
const RULES =
  'instructions?|prompts?|directions?|directives?|guidelines|rules|guardrails|constraints|restrictions|training|programming|policies|commands';

/** Ways to say that instructions no longer hold. */
export const overrides: readonly RegExp[] = [
  phrase('ignore|disregard|forget|override|bypass|discard|neglect|skip', ALL, FORMER, `?${FORMER}|and|or`, RULES),
  phrase('ignore|disregard|forget|override', 'your|all your|everything in your', `?${FORMER}`, RULES),
  phrase(
    'ignore|disregard|forget',
    'all|everything|anything',
    '?that|you|were|was|came',
    'above|before|previously|told|instructed',
  ),
  phrase('do not|don.?t|stop|never', 'follow|following|obey|obeying', ALL, `?${FORMER}`, RULES),
  phrase('your', 'new|real|actual|true', 'instructions?|task|goal|objective|role|orders|purpose', 'is|are'),
  phrase(
    'you are now|you.?re now|from now on you|from now on,? you',
    'a|an|in|the|acting|must|will|are|going|free|dan',
  ),
  phrase('enter|enable|activate|switch to', '?the', 'developer|debug|god|jailbreak|unrestricted|dan', 'mode'),
  phrase(
    'new',
    '?system|important|priority|updated',
    'instructions',
    'from',
    'the|your|operator|admin|administrator|developer|anthropic|openai',
  ),
  // Spanish, Portuguese, Italian, French.
  phrase(
    'ignora|ignore|ignorad|olvida|olvide|descarta',
    '?todas|todos|las|los|tus|sus|estas',
    'instrucciones|indicaciones|órdenes|reglas',
    '?que',
    'anteriores|previas|previos|arriba|recibiste|de arriba',
  ),
  phrase('olvida', '?todas|todo|lo|las|tus', 'instrucciones|anterior'),
  phrase(
    'ignore|ignorar|esqueça|desconsidere',
    '?todas|todos|as|os|suas|estas',
    'instruções|ordens|regras',
    'anteriores|prévias|acima',
  ),
  phrase(
    'ignora|ignorare|dimentica|trascura',
    '?tutte|tutti|le|i|tue',
    'istruzioni|regole|indicazioni',
    'precedenti|sopra|iniziali',
  ),
  phrase(
    'ignore|ignorez|ignorer|oublie|oubliez',
    '?toutes|tous|les|tes|vos',
    'instructions|consignes|règles|directives',
    'précédentes|antérieures|ci.dessus|initiales',
  ),
  // German, Dutch, Swedish, Polish, Turkish.
  phrase(
    'ignoriere|ignorieren sie|ignorier|vergiss|vergessen sie|missachte',
    '?alle|sämtliche|die|deine|ihre',
    'vorherigen|bisherigen|vorigen|obigen|früheren|vorangegangenen',
    '?alle',
    'anweisungen|instruktionen|befehle|regeln|vorgaben',
  ),
  phrase('negeer|vergeet', '?alle|de|je|uw', 'vorige|eerdere|bovenstaande|voorgaande', 'instructies|opdrachten|regels'),
  phrase('ignorera|glöm', '?alla|de|dina', 'tidigare|föregående|ovanstående', 'instruktioner|anvisningar|regler'),
  phrase(
    'zignoruj|ignoruj|zapomnij',
    '?wszystkie|wszystkich|o|swoje',
    'poprzednie|poprzednich|wcześniejsze|powyższe',
    'instrukcje|instrukcji|polecenia|poleceń',
  ),
  phrase(
    'önceki|yukarıdaki',
    '?tüm|bütün',
    'talimatları|komutları|yönergeleri',
    'yok say|yoksay|unut|görmezden gel|dikkate alma',
  ),
  // Russian and Ukrainian.
  phrase(
    'игнорируй|игнорируйте|проигнорируй|забудь|забудьте|отбрось',
    '?все|всех|свои|ваши|о|про',
    'предыдущие|прежние|прошлые|вышеуказанные|предыдущих',
    'инструкции|указания|команды|правила|инструкциях',
  ),
  phrase('ігноруй|ігноруйте|забудь', '?усі|всі|свої', 'попередні', 'інструкції|вказівки|команди'),
  // Arabic and Hindi.
  phrase('تجاهل|تجاهلي|انس', '?جميع|كل', 'التعليمات|الأوامر', 'السابقة|أعلاه'),
  phrase('पिछले|पिछली|उपरोक्त', '?सभी', 'निर्देशों|निर्देश|आदेशों', 'को', 'अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल'),
  // Chinese, Japanese and Korean, which part words without blanks.
  /(?:忽略|无视|忘记|忽視|無視|忘掉)(?:掉)?(?:你)?(?:之前|以上|先前|此前|所有|上述|前面|以前)[^。\n]{0,10}(?:指令|指示|说明|提示|规则|命令|規則)/u,
  /(?:以前|上記|これまで|前|すべて|全て)の[^。\n]{0,6}(?:指示|命令|プロンプト|ルール)[^。\n]{0,6}(?:無視|忘れ|破棄)/u,
  /(?:이전|위의?|앞의?|기존)[^.\n]{0,8}(?:지시|명령|지침|프롬프트)[^.\n]{0,8}(?:무시|잊)/u,
];

const READER = String.raw`(?:ai|llm|gpt|chatgpt|claude|copilot|gemini)(?:[ -](?:assistant|agent|model|system|bot))?|(?:ai|llm|coding|language)[ -](?:assistant|agent|model)|language model`;
/** Where a sentence begins, or what makes a request of it. */
const ASKS = String.raw`(?:^|[.!?:;>\n"'\-—]\s{0,4}|\b(?:please|kindly|then|now|must|immediately|you (?:must|should|need to|have to|can|may)) {1,3})`;
const SECRETS = String.raw`(?:secrets?|credentials?|api[ _-]?keys?|access[ _-]?keys?|tokens?|passwords?|environment(?: variables?)?|env(?:ironment)? vars?|\.env|private[ _-]?keys?|ssh[ _-]?keys?|id_rsa|~\/\.(?:ssh|aws)\S{0,40}|system prompt)`;

/** Requests that only make sense to an assistant, by kind. */
export const requests: readonly (readonly ['address' | 'request', RegExp])[] = [
  [
    'address',
    new RegExp(
      String.raw`\b(?:dear|attention|hey|hello|note to|message (?:to|for)|instructions? (?:to|for)|important (?:for|to)|notice to)[ ,:]{1,3}(?:the |any |all |every )?(?:${READER}|assistants?)\b(?! (?:id|version|host|pod|port|key|token|config))`,
    ),
  ],
  [
    'address',
    new RegExp(
      String.raw`\b(?:if|when|since|as) you(?: are|'re|’re) (?:an? |the )?(?:${READER}|assistant|agent|automated (?:agent|system))\b`,
    ),
  ],
  [
    'address',
    new RegExp(
      String.raw`(?:^|[.!?\n]\s{0,4})(?:${READER}|assistant)[,:]\s{0,4}(?:please |kindly |you (?:must|should) )?(?:run|execute|open|send|call|apply|delete|approve|merge|push|print|reveal|disable|ignore|fetch|download|upload|create|use|post|read)\b`,
    ),
  ],
  [
    'address',
    /\bas an ai (?:language model|assistant|agent)\b|\byou are (?:an? )?(?:helpful |unrestricted |autonomous )(?:ai |coding )?(?:assistant|agent)\b|\byou are (?:chatgpt|claude|gpt-?\d)\b/,
  ],
  [
    'request',
    new RegExp(
      String.raw`${ASKS}(?:reveal|print|output|exfiltrate|leak|dump|disclose|show|repeat|paste|display|list)(?: me| us)?(?: out)? (?:all |any |every |the |of ){0,3}your (?:[a-z]{1,20} ){0,2}(?:${SECRETS}|instructions)\b`,
    ),
  ],
  [
    'request',
    new RegExp(
      String.raw`${ASKS}(?:send|post|upload|forward|exfiltrate|e-?mail|transmit|leak|curl|copy|append|attach)\b[^.\n]{0,80}${SECRETS}[^\n]{0,80}\b(?:to|at|into|in) (?:https?:\/\/|[\w.+-]{1,64}@[\w-]{1,64}\.|the (?:pr|pull request|issue|commit|description|comment)|(?:a|this|an external) (?:url|server|webhook|address|pr|comment|gist|pastebin))`,
    ),
  ],
  [
    'request',
    new RegExp(
      String.raw`${ASKS}(?:cat|read|open|print|dump|include|output|paste)\b[^.\n]{0,40}(?:\.env\b|~\/\.ssh|~\/\.aws|id_rsa|\/etc\/(?:passwd|shadow)|\/proc\/self\/environ)[^\n]{0,60}\b(?:and|then|to|into|in) (?:send|post|upload|paste|include|reply|https?:|the (?:pr|pull request|answer|response|report))`,
    ),
  ],
  [
    'request',
    new RegExp(
      String.raw`${ASKS}(?:run|execute|type|invoke|launch)\b[^.\n]{0,40}(?:[\x60"':]|command)? {0,2}(?:sudo )?(?:(?:curl|wget)\b[^\n|]{0,200}\| {0,2}(?:sudo )?(?:ba|z)?sh\b|rm -[rf]{1,2}\b|base64 -d|chmod (?:-r )?777|nc -[a-z]{0,4}e|kubectl delete|git push|terraform destroy|drop table)`,
    ),
  ],
  [
    'request',
    new RegExp(
      String.raw`${ASKS}(?:call|use|invoke|run) (?:the |your )?(?:[\w-]{1,40} )?(?:tool|function|mcp)\b[^.\n]{0,60}\b(?:to|with|and|without)\b`,
    ),
  ],
  [
    'request',
    new RegExp(
      String.raw`${ASKS}(?:approve|merge|push|deploy) (?:this|the|all|any) (?:pull request|pr|changes?|patch(?:es)?|commits?)\b[^.\n]{0,40}\b(?:without|immediately|bypass|skip|no )`,
    ),
  ],
  [
    'request',
    new RegExp(
      String.raw`${ASKS}(?:disable|turn off|skip|bypass|remove) (?:all |any |the |your ){0,2}(?:safety|security|policy|guardrails?|approval|authorization|auth) (?:checks?|gates?|rules?|guards?|guardrails?|requirements?|steps?|protections?)\b`,
    ),
  ],
];
