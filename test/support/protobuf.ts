/** One field of a protobuf message: bytes of strings, messages and fixed numbers, or a varint. */
interface Field {
  readonly number: number;
  readonly bytes: Buffer;
  readonly varint: bigint;
}

/** A decoded message: its fields by number. */
export interface Message {
  all(number: number): readonly Message[];
  one(number: number): Message | undefined;
  text(number: number): string;
  hex(number: number): string;
  integer(number: number): number;
  /** A fixed64. */
  fixed64(number: number): bigint;
  double(number: number): number;
  /** Length of a field, such as of packed numbers. */
  bytes(number: number): number;
  has(number: number): boolean;
}

/** Decodes the wire format of protobuf, by field numbers, without a schema. */
export function decode(bytes: Buffer): Message {
  const fields = [...readFields(bytes)];
  const last = (number: number) => fields.findLast((field) => field.number === number);
  const bytesOf = (number: number) => last(number)?.bytes ?? Buffer.alloc(0);
  return {
    all: (number) => fields.filter((field) => field.number === number).map((field) => decode(field.bytes)),
    one(number) {
      const field = last(number);
      return field && decode(field.bytes);
    },
    text: (number) => bytesOf(number).toString(),
    hex: (number) => bytesOf(number).toString('hex'),
    integer: (number) => Number(BigInt.asIntN(64, last(number)?.varint ?? 0n)),
    fixed64: (number) => (last(number) ? bytesOf(number).readBigUInt64LE() : 0n),
    double: (number) => bytesOf(number).readDoubleLE(),
    bytes: (number) => bytesOf(number).length,
    has: (number) => last(number) !== undefined,
  };
}

function* readFields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error('the message is cut');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const number = key >> 3;
    const none = Buffer.alloc(0);
    switch (key & 7) {
      case 0:
        yield { number, bytes: none, varint: varint() };
        break;
      case 1:
        yield { number, bytes: take(8), varint: 0n };
        break;
      case 2:
        yield { number, bytes: take(Number(varint())), varint: 0n };
        break;
      case 5:
        yield { number, bytes: take(4), varint: 0n };
        break;
      default:
        throw new Error(`wire type ${key & 7} is unknown`);
    }
  }
}
