/** Whether the word of a human takes a signature, by what `Approvals` tells of whose word is believed. */
export function takesSignature(trust: string): boolean {
  return trust.startsWith('signed');
}
