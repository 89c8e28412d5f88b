// Shows a chosen picture the way it will be kept, and sends no more of it than that.

const SIDE = 1024; // pixels: twice as large as what is kept
const FACES = 0.4; // how far down a tall picture its middle is, as the service has it
const QUALITY = 0.92;

/** Lets every input for a picture show what it was given. */
export function showChosenPictures(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-picture]")) {
    input.addEventListener("change", () => void show(input));
  }
}

async function show(input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0];
  const frame = document.getElementById(input.dataset["picture"] ?? "")?.firstElementChild;
  if (!file || !frame) return;
  // What the browser cannot read is sent as it is: the service says what is wrong with it.
  const square = await squareOf(file).catch(() => null);
  if (!square || input.files?.[0] !== file) return;
  frame.replaceChildren(square);
  const small = await fileOf(square, file.name);
  if (small && input.files?.[0] === file) {
    const chosen = new DataTransfer();
    chosen.items.add(small);
    input.files = chosen.files;
  }
}

/** The middle of a picture, upright, as a square. */
async function squareOf(file: File): Promise<HTMLCanvasElement> {
  const picture = await createImageBitmap(file);
  const edge = Math.min(picture.width, picture.height);
  const left = (picture.width - edge) / 2;
  const top = (picture.height - edge) * FACES;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.min(SIDE, edge);
  const pen = canvas.getContext("2d");
  if (pen) pen.imageSmoothingQuality = "high";
  pen?.drawImage(picture, left, top, edge, edge, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas;
}

/** What is drawn, as a file; a browser that cannot write WebP gives a PNG. */
function fileOf(canvas: HTMLCanvasElement, name: string): Promise<File | null> {
  return new Promise((resolve) => {
    canvas.toBlob(
      (drawn) => resolve(drawn && new File([drawn], name, { type: drawn.type })),
      "image/webp",
      QUALITY,
    );
  });
}
