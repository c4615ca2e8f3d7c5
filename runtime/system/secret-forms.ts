/** How a secret may be spelt where it stands in a text. */

/** Of a shorter one too little is left in base64: ordinary text would be blotted out. */
const shortestInBase64 = 8;

/** @returns every spelling once, the secret itself first. */
export function secretForms(secret: string): readonly string[] {
  const forms = [secret, ...inJson(secret), ...inAddresses(secret)];
  if (secret.length >= shortestInBase64) {
    forms.push(...inBase64(Buffer.from(secret, "utf8")));
    // What "binary" encoders such as btoa take for its bytes.
    if (/[\u0080-\u00ff]/.test(secret) && /^[\0-\u00ff]*$/.test(secret))
      forms.push(...inBase64(Buffer.from(secret, "latin1")));
  }
  return [...new Set(forms)];
}

/** Quotes and line ends are escaped; in JSON inside of JSON twice. */
function inJson(secret: string): readonly string[] {
  const once = JSON.stringify(secret).slice(1, -1);
  return [once, JSON.stringify(once).slice(1, -1)];
}

/** As part of an address, as a field of a form, and as other encoders spell the same. */
function inAddresses(secret: string): readonly string[] {
  const text = secret.toWellFormed();
  const part = encodeURIComponent(text);
  const field = new URLSearchParams({ _: text }).toString().slice(2);
  const strict = part.replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return [part, field, strict, encodeURI(text)].flatMap((form) => [
    form,
    form.replace(/%[0-9A-F]{2}/g, (sign) => sign.toLowerCase()),
  ]);
}

/**
 * Three bytes become four characters, so what a secret becomes depends on how many bytes stand before it, and its first
 * and last character on what its neighbours are: they are left out, save where nothing stands around it.
 */
function inBase64(bytes: Buffer): readonly string[] {
  const forms = [bytes.toString("base64").replace(/=+$/, "")];
  for (const before of [0, 1, 2]) {
    const all = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(3)]).toString("base64");
    forms.push(all.slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6)));
  }
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
