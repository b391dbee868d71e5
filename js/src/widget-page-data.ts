// Bytes inside an exported page: base64 text, deflated (zlib) where that made them shorter. No DOM.

export interface PackedBuffer {
  readonly data: string;
  readonly deflated: boolean;
}

export async function unpackBuffer(packed: PackedBuffer): Promise<Uint8Array<ArrayBuffer>> {
  const binary = atob(packed.data);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  if (!packed.deflated) return bytes;
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}
