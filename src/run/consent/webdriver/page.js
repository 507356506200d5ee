// Reads the controls a user can see, in the shape of page.rs, with the elements they stand for: at most so many characters.
let room = arguments[0];
const cut = (text) => {
  const kept = (text || '').slice(0, Math.max(0, Math.min(room, 4096)));
  room -= kept.length + 16;
  return kept;
};
const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
const kinds = { submit: 'button', button: 'button', image: 'image', checkbox: 'checkbox', radio: 'radio' };
const kind = (e) => {
  if (e.tagName === 'SELECT') return 'choice';
  if (e.tagName === 'TEXTAREA') return 'text';
  if (e.tagName === 'BUTTON') return e.type === 'reset' ? null : 'button';
  return ['hidden', 'reset', 'file'].includes(e.type) ? null : kinds[e.type] || 'text';
};
const line = (text) => cut((text || '').slice(0, 65536).replace(/\s+/g, ' ').trim());
const control = (e) => ({
  kind: kind(e),
  name: cut(e.name),
  id: cut(e.id),
  value: ['checkbox', 'radio'].includes(e.type) || e.type === 'submit' ? cut(e.value) : '',
  label: e.tagName === 'BUTTON' ? line(e.innerText) : kind(e) === 'button' ? cut(e.value) : '',
  ticked: !!e.checked,
  options: e.tagName === 'SELECT' ? [...e.options].slice(0, 1000).map((o) => [cut(o.value), line(o.text)]) : [],
});
// What submits comes before what does not: without a wish the first button is pressed.
const order = (e) => (e.tagName === 'BUTTON' || e.tagName === 'INPUT') && e.type === 'button' ? 1 : 0;
const groups = new Map();
for (const e of document.querySelectorAll('input, button, select, textarea')) {
  const group = e.form || document;
  const button = ['button', 'image'].includes(kind(e));
  if (room <= 0) break;
  room -= 64;
  if (!kind(e) || !seen(e) || (e.disabled && !button)) continue;
  if (!groups.has(group)) groups.set(group, []);
  groups.get(group).push(e);
}
const forms = [...groups.values()].map((group) => group.sort((a, b) => order(a) - order(b)));
return {
  url: document.URL.slice(0, 65536),
  ready: document.readyState === 'complete',
  marked: !!window.gatewalkWasHere,
  page: {
    title: cut(document.title),
    text: line(document.body && document.body.innerText).slice(0, 200),
    forms: forms.map((group) => ({ controls: group.map(control) })),
    scripted: document.scripts.length > 0,
  },
  elements: forms,
};
