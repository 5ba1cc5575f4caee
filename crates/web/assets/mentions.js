// Names, as one types them after an @: a list one moves through with the arrows and takes from with Enter or Tab.
import { $, build } from "./build.js";
import { t } from "./words.js";

const NAMING = /(?:^|\s)@([\p{L}\p{N}._+-]{1,30})$/u;

export function mentions(field, slug) {
  let list = null;
  const said = () => field.value.slice(0, field.selectionStart);

  function close() {
    list?.remove();
    list = null;
    for (const name of ["aria-activedescendant", "aria-controls"]) field.removeAttribute(name);
  }

  async function suggest() {
    const before = said();
    const prefix = before.match(NAMING)?.[1];
    if (!prefix) return close();
    const answer = await fetch(`/api/rooms/${slug}/members/?prefix=${encodeURIComponent(prefix)}`).catch(() => null);
    if (!answer?.ok || said() !== before) return;
    const { members } = await answer.json();
    close();
    if (members.length) show(members.map(({ person }) => person), prefix);
  }

  function show(people, prefix) {
    const items = people.map(({ username, display_name: name }, n) =>
      build(
        "li",
        { id: `pick${n}`, role: "option", "data-username": username, onmousedown: (event) => (event.preventDefault(), take(username, prefix)) },
        build("bdi", { textContent: name }),
        build("small", { textContent: name === username ? "" : `@${username}` }),
      ),
    );
    list = build("ul", { className: "pick", id: "pick", role: "listbox", "aria-label": t("Members") }, ...items);
    $(".box").append(list);
    field.setAttribute("aria-controls", "pick");
    select(items[0]);
  }

  function select(item) {
    for (const other of list.children) other.setAttribute("aria-selected", String(other === item));
    field.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  function take(username, prefix) {
    const at = field.selectionStart;
    field.setRangeText(`${username} `, at - prefix.length, at, "end");
    close();
    field.dispatchEvent(new Event("input"));
    field.focus();
  }

  field.addEventListener("input", suggest);
  field.addEventListener("blur", close);
  // Before the composer hears of Enter.
  field.addEventListener("keydown", (event) => {
    if (!list || event.isComposing) return;
    const items = [...list.children];
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: items.length - 1 }[event.key];
    if (step) select(items[(at + step) % items.length]);
    else if (event.key === "Enter" || event.key === "Tab") take(items[at].dataset.username, said().match(NAMING)?.[1] ?? "");
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-haspopup", "listbox");
}
