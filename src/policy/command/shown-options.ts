/** Options whose value is said to somebody. */
export const SAYS =
  /^(?:-[mt]|--?(?:title|subject|body|message|msg|description|desc|notes?|comment|text|summary|name|reason|query|search|grep|header))$/;
/** Names of options whose value is shown, compared or looked for; any other may take a command. */
const SHOWS =
  /[-_.](?:title|subject|body|message|msg|desc(?:ription)?|notes?|comment|text|summary|names?|reason|query|search|grep|header|filter|labels?|folder|focus|include|exclude|ignore\w*|tests?|match|pattern|regexp?|select|tags?|only|skip|keywords?|expression|caption|\w*(?:box|menu)|data|json|value|key|prompt|arg|annotation|author|find|replace|word|term|topic|channel|status|log|highlight|yesno|question|info|warning|error|hint|help|remind(?:er)?|kind|type|category|stage|phase|steps?|jobs?|tasks?|projects?|events?|alerts?|activity|placeholder|examples?|scenarios?|spec|case|testcase|suite|heading|footer|banner|popup|passivepopup|affirmative|negative|prefix|suffix|contains|except|where|phrase|fields?|columns?|words|rule)$/;

/** True for an option whose value is said, shown or looked for; the parts of a name may begin with a capital letter. */
export function isShown(name: string): boolean {
  // A word that is no option says nothing of what stands behind it, whatever it ends in.
  if (!/^--?[A-Za-z][\w.-]*$/.test(name)) return false;
  return SAYS.test(name) || SHOWS.test(name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase());
}
