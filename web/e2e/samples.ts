/** Small files of every kind that the page shows, made here so that nobody has to trust them. */
import type { Page } from "@playwright/test";

export interface Sample {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export const text = (name: string, content: string, mimeType = "text/plain"): Sample => ({
  name,
  mimeType,
  buffer: Buffer.from(content, "utf8"),
});

/** A PDF of two pages, its letters not embedded. */
export function pdf(name: string): Sample {
  const page = (words: string) => `BT /F1 40 Tf 72 640 Td (${words}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 7 0 R >> >> >>",
    stream(page("Lease of the harbour")),
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R /Resources << /Font << /F1 7 0 R >> >> >>",
    stream(page("Signed at noon")),
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let body = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const place = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  const end = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer << /Size ${size} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`;
  return { name, mimeType: "application/pdf", buffer: Buffer.from(body + end, "latin1") };
}

const stream = (content: string) => `<< /Length ${content.length} >>\nstream\n${content}\nendstream`;

/** A tone of a minute: 16 bits, 22,050 times a second. */
export function sound(name: string): Sample {
  const rate = 22_050;
  const count = rate * 60;
  const buffer = Buffer.alloc(44 + 2 * count);
  buffer.write("RIFF", 0);
  buffer.writeUInt32LE(36 + 2 * count, 4);
  buffer.write("WAVEfmt ", 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20);
  buffer.writeUInt16LE(1, 22);
  buffer.writeUInt32LE(rate, 24);
  buffer.writeUInt32LE(2 * rate, 28);
  buffer.writeUInt16LE(2, 32);
  buffer.writeUInt16LE(16, 34);
  buffer.write("data", 36);
  buffer.writeUInt32LE(2 * count, 40);
  for (let place = 0; place < count; place += 1) {
    const value = Math.round(4_000 * Math.sin((2 * Math.PI * 440 * place) / rate));
    buffer.writeInt16LE(value, 44 + 2 * place);
  }
  return { name, mimeType: "audio/wav", buffer };
}

/** A photo of a harbour as a child draws it; larger than what is sealed without a word. */
export async function photo(page: Page, name: string, width = 3_200, height = 2_000): Promise<Sample> {
  const base64 = await page.evaluate(
    async ([w, h]) => {
      const canvas = new OffscreenCanvas(w, h);
      const draw = canvas.getContext("2d");
      if (!draw) throw new Error("no canvas");
      const sky = draw.createLinearGradient(0, 0, 0, h);
      sky.addColorStop(0, "#9cc9e6");
      sky.addColorStop(0.6, "#f5d9b0");
      sky.addColorStop(0.6, "#2f6f7a");
      sky.addColorStop(1, "#123b44");
      draw.fillStyle = sky;
      draw.fillRect(0, 0, w, h);
      draw.fillStyle = "#8c3b2a";
      draw.fillRect(w * 0.3, h * 0.52, w * 0.3, h * 0.1);
      draw.fillStyle = "#f4f1ea";
      draw.beginPath();
      draw.moveTo(w * 0.45, h * 0.2);
      draw.lineTo(w * 0.45, h * 0.5);
      draw.lineTo(w * 0.6, h * 0.5);
      draw.fill();
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let out = "";
      for (const byte of bytes) out += String.fromCharCode(byte);
      return btoa(out);
    },
    [width, height] as const,
  );
  return { name, mimeType: "image/jpeg", buffer: Buffer.from(base64, "base64") };
}

/** A film of a second, as the browser's own recorder writes it. */
export async function film(page: Page, name: string): Promise<Sample> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 180;
    const draw = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    for (let frame = 0; frame < 40; frame += 1) {
      if (draw) {
        draw.fillStyle = `hsl(${frame * 9} 60% 45%)`;
        draw.fillRect(0, 0, 320, 180);
        draw.fillStyle = "#fff";
        draw.fillRect(frame * 7, 60, 60, 60);
      }
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    let out = "";
    for (const byte of bytes) out += String.fromCharCode(byte);
    return btoa(out);
  });
  return { name, mimeType: "video/webm", buffer: Buffer.from(base64, "base64") };
}
