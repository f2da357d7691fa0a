// A picture as it is kept and sent: drawn anew and small, so that place, device and thumbnail are gone with all else that
// cameras write beside what is to be seen.
const LONGEST = 1600;
const QUALITY = 0.8;

const drawn = (bitmap, canvas, longest) => {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
};

// Its bytes as JPEG; throws for what this browser cannot read as a picture.
export const redrawn = async file => {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  drawn(bitmap, canvas, LONGEST);
  bitmap.close();
  const made = await new Promise(done => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (made === null) throw new Error("the picture could not be drawn anew");
  return new Uint8Array(await made.arrayBuffer());
};

// Let it be seen on a small canvas.
export const glimpse = async (content, canvas) => {
  const bitmap = await createImageBitmap(new Blob([content], { type: "image/jpeg" }));
  drawn(bitmap, canvas, 160);
  bitmap.close();
};
