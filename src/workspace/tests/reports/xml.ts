import { XMLParser } from 'fast-xml-parser';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  parseTagValue: false,
  parseAttributeValue: false,
  // Entities are decoded below: the five of XML and numbers, never declared ones.
  processEntities: false,
  isArray: (name) => ['testsuite', 'testcase', 'failure', 'error', 'skipped'].includes(name),
});

/** One element; its attributes have names that begin with `@`. */
export type Element = Readonly<Record<string, unknown>>;

/** Reads XML that may be hostile; throws on a broken document and on one that declares a document type. */
export function parseXml(text: string): Element {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Error('the report declares a document type');
  return asElement(parser.parse(text, true));
}

/** The elements of that name right below another. */
export function children(element: Element, name: string): readonly Element[] {
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(asElement);
}

/** An attribute's text, decoded. */
export function attribute(element: Element, name: string): string | undefined {
  const value = element[`@${name}`];
  return typeof value === 'string' ? decode(value) : undefined;
}

/** The text between an element's tags, decoded. */
export function textOf(element: Element): string {
  return decode(asText(element['#text']));
}

/** An element without attributes is parsed to its bare text. */
function asElement(value: unknown): Element {
  return typeof value === 'object' && value !== null ? (value as Element) : { '#text': asText(value) };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[String(name)] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
