// The slider of a bot's threshold: its number, and which line of the table says what it would do, follow the hand.
const slider = document.querySelector("#at");
const lines = [...document.querySelectorAll("#effects tbody tr")];

function show() {
  document.querySelector("output[for=at]").value = Number(slider.value).toFixed(2);
  const far = (line) => Math.abs(Number(line.cells[0].textContent) - slider.value);
  const nearest = lines.reduce((best, line) => (far(line) < far(best) ? line : best));
  for (const line of lines) {
    line.classList.toggle("here", line === nearest);
    line === nearest ? line.setAttribute("aria-current", "true") : line.removeAttribute("aria-current");
  }
}

slider?.addEventListener("input", show);
