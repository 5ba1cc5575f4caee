// The interface's words in the reader's language, as the page brought them; the key is the text in English.
const texts = JSON.parse(document.getElementById("words")?.textContent || "{}");

// A text, with values where {name} stands.
export function t(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
