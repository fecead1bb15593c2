/** A mask as a PNG of one bit a pixel: 24 megapixels are 3 MB before compression, and no canvas rounds anything. */

import { bytesPerRow, type MaskBitmap } from "./pixels";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const ONE_BIT_GRAY = [1, 0, 0, 0, 0]; // depth, colour type, compression, filter, interlace: RFC 2083, 4.1.1

export async function pngOf(bitmap: MaskBitmap): Promise<Blob> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, bitmap.width);
  view.setUint32(4, bitmap.height);
  header.set(ONE_BIT_GRAY, 8);
  const chunks = [
    chunk("IHDR", header),
    chunk("IDAT", await deflated(scanlines(bitmap))),
    chunk("IEND", new Uint8Array()),
  ];
  return new Blob([new Uint8Array(SIGNATURE), ...chunks], { type: "image/png" });
}

/** Each row begins with its filter's number: 0, none. */
function scanlines({ width, height, bits }: MaskBitmap): Uint8Array<ArrayBuffer> {
  const stride = bytesPerRow(width);
  const lines = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y += 1)
    lines.set(bits.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  return lines;
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chunk(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = (CRC_TABLE[(remainder ^ byte) & 255] ?? 0) ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}
