// Reads the controls a user can see, in the shape of page.rs, with the elements they stand for.
const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
const kinds = { submit: 'button', button: 'button', image: 'image', checkbox: 'checkbox', radio: 'radio' };
const kind = (e) => {
  if (e.tagName === 'SELECT') return 'choice';
  if (e.tagName === 'TEXTAREA') return 'text';
  if (e.tagName === 'BUTTON') return e.type === 'reset' ? null : 'button';
  return ['hidden', 'reset', 'file'].includes(e.type) ? null : kinds[e.type] || 'text';
};
const line = (text) => (text || '').replace(/\s+/g, ' ').trim();
const control = (e) => ({
  kind: kind(e),
  name: e.name || '',
  id: e.id || '',
  value: ['checkbox', 'radio'].includes(e.type) || e.type === 'submit' ? e.value : '',
  label: e.tagName === 'BUTTON' ? line(e.innerText) : kind(e) === 'button' ? e.value : '',
  ticked: !!e.checked,
  options: e.tagName === 'SELECT' ? [...e.options].map((o) => [o.value, line(o.text)]) : [],
});
// What submits comes before what does not: without a wish the first button is pressed.
const order = (e) => (e.tagName === 'BUTTON' || e.tagName === 'INPUT') && e.type === 'button' ? 1 : 0;
const groups = new Map();
for (const e of document.querySelectorAll('input, button, select, textarea')) {
  const group = e.form || document;
  const button = ['button', 'image'].includes(kind(e));
  if (!kind(e) || !seen(e) || (e.disabled && !button)) continue;
  if (!groups.has(group)) groups.set(group, []);
  groups.get(group).push(e);
}
const forms = [...groups.values()].map((group) => group.sort((a, b) => order(a) - order(b)));
return {
  url: document.URL,
  ready: document.readyState === 'complete',
  marked: !!window.gatewalkWasHere,
  page: {
    title: document.title,
    text: line(document.body && document.body.innerText).slice(0, 200),
    forms: forms.map((group) => ({ controls: group.map(control) })),
    scripted: document.scripts.length > 0,
  },
  elements: forms,
};
