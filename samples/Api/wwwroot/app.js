// The page of the sample: asks the service, and shows what it answers. Text from the service is only ever set as text.

const $ = id => document.getElementById(id);

/** An element with attributes, text and children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child != null));
  return element;
}

const percent = part => part > 0.999 && part < 1 ? '> 99.9 %' : part > 0 && part < 0.001 ? '< 0.1 %' : `${(100 * part).toFixed(1)} %`;
const number = value => Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 0.005 ? value.toFixed(2) : value === 0 ? '0' : '≈ 0';
const signed = value => Math.abs(value) < 0.005 ? number(value) : (value < 0 ? '−' : '+') + number(Math.abs(value));
const nameOf = one => (one.label ?? `class ${one.index}`).split(',')[0];

// ── Asking ──────────────────────────────────────────────────────────────────────────────────────

/** Posts a body and returns the answer; the service's own words where it refuses. */
async function ask(route, body, type, accept) {
  const response = await fetch(route, { method: 'POST', body, headers: { 'Content-Type': type, Accept: accept } });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? `The service answered ${response.status}.`);
}

/** Only the last question of a section counts: an answer that comes late is dropped. */
const turns = new Map();
async function answer(section, work) {
  const turn = (turns.get(section) ?? 0) + 1;
  turns.set(section, turn);
  const place = $(section).querySelector('.answer');
  place.classList.add('busy');
  let content;
  try {
    content = await work();
  } catch (error) {
    content = [make('div', { class: 'problem' }, make('h2', {}, 'No answer'), make('p', {}, error.message))];
  }
  if (turns.get(section) !== turn) return;
  place.classList.remove('busy');
  place.replaceChildren(...content);
}

// ── What all answers have ───────────────────────────────────────────────────────────────────────

function head(why) {
  const top = why.prediction[0];
  const target = nameOf(why.target);
  const sure = top.probability == null ? '' : `, with a probability of ${percent(top.probability)}`;
  return [
    make('h2', {}, why.against ? `Why ${target} rather than ${nameOf(why.against)}?` : `Why ${target}?`),
    make('p', { class: 'lead' }, `The network says ${nameOf(top)}${sure}.`),
  ];
}

function prediction(why) {
  const shown = why.prediction.some(one => one.index === why.target.index) ? why.prediction : [...why.prediction, why.target];
  const list = make('dl', { class: 'bars' });
  for (const one of shown) {
    const chosen = one.index === why.target.index ? 'chosen' : '';
    const bar = make('span');
    bar.style.width = `${100 * (one.probability ?? 0)}%`;
    list.append(
      make('dt', { class: chosen }, nameOf(one)),
      make('dd', { class: `track ${chosen}`, 'aria-hidden': 'true' }, bar),
      make('dd', { class: `number ${chosen}` }, percent(one.probability ?? 0)));
  }
  return [make('h3', {}, 'Prediction'), list];
}

function conservation(why, inputs) {
  const sum = why.conservation;
  if (!sum) return [];
  const term = (sign, value) => Math.abs(value) < 0.005 ? `${sign} 0.00` : sign === '+' && value < 0 ? `− ${number(-value)}` : `${sign} ${number(value).replace('-', '−')}`;
  const part = (sign, value, name) => make('div', {}, make('span', {}, term(sign, value)), make('small', {}, name));
  const gap = Math.abs(sum.gap / (sum.target || 1));
  const inside = sum.input / (sum.target || 1);
  const kept = sum.biases + sum.stabilizers;
  return [
    make('h3', {}, 'Does it add up?'),
    make('div', { class: 'sum' },
      part('', sum.target, `logit of ${nameOf(why.target)}`), part('=', sum.input, inputs), part('+', sum.biases, 'biases'), part('+', sum.stabilizers, 'stabilizers')),
    make('p', { class: 'note' },
      gap < 1e-3
        ? `Yes. ${inside > 1 ? `The ${inputs} together have ${number(sum.input)}, and the network's own constants take ${number(Math.abs(kept))} away from it` : `${percent(inside)} of the logit is shared out over the ${inputs}; the network's own constants keep ${number(kept)}`}. Nothing is missing.`
        : `Not quite: ${percent(gap)} of the logit is not accounted for. Read this as an order of importance.`),
  ];
}

function reasonTable(reasons, target, caption, onpoint) {
  const most = Math.max(...reasons.map(one => Math.abs(one.relevance)), 1e-30);
  const body = make('tbody');
  for (const one of reasons) {
    const bar = make('span', { class: one.relevance < 0 ? 'speaks-against' : 'speaks-for' });
    const width = 50 * Math.abs(one.relevance) / most;
    bar.style.width = `${width}%`;
    bar.style.left = `${one.relevance < 0 ? 50 - width : 50}%`;
    body.append(make('tr', onpoint ? { onmouseenter: () => onpoint(one), onmouseleave: () => onpoint(null) } : {},
      make('th', { scope: 'row' }, one.name),
      ...(one.value == null ? [] : [make('td', { class: 'number' }, one.value.toLocaleString('en'))]),
      make('td', { class: 'diverging' }, make('div', {}, bar)),
      make('td', { class: 'number', title: one.relevance < 0 ? `against ${target}` : `for ${target}` }, signed(one.relevance))));
  }
  const hasValues = reasons.some(one => one.value != null);
  return make('table', {},
    make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, caption), ...(hasValues ? [make('th', { scope: 'col', class: 'number' }, 'Value')] : []),
      make('th', { scope: 'col', class: 'diverging' }, `← against · for ${target} →`), make('th', { scope: 'col', class: 'number' }, 'Relevance'))),
    body);
}

const legend = target => make('p', { class: 'legend' }, `against ${target}`, make('i', { 'aria-hidden': 'true' }), `for ${target}`);

/** Saves the service's report of the same question, one file that can be kept. */
function more(route, body, type) {
  const save = async (accept, name) => {
    const blob = await (await ask(route, body, type, accept)).blob();
    make('a', { href: URL.createObjectURL(blob), download: name }).click();
  };
  return make('div', { class: 'more' },
    make('button', { type: 'button', onclick: () => save('text/html', 'why.html') }, 'Save the full report'),
    make('button', { type: 'button', onclick: () => save('application/json', 'why.json') }, 'Save the answer as JSON'));
}

// ── A picture ───────────────────────────────────────────────────────────────────────────────────

let picture = null;

async function explainPicture() {
  if (!picture) return;
  await answer('picture', async () => {
    const target = $('target').value;
    const route = `pictures/${document.querySelector('input[name=model]:checked').value}${target ? `?target=${encodeURIComponent(target)}` : ''}`;
    const [json, png] = await Promise.all([ask(route, picture, picture.type, 'application/json'), ask(route, picture, picture.type, 'image/png')]);
    const why = await json.json();
    const name = nameOf(why.target);
    const mark = make('i', { hidden: true });
    const frame = make('div', { class: 'frame' }, make('img', { src: URL.createObjectURL(picture), alt: 'The picture' }), mark);
    const point = one => {
      mark.hidden = !one;
      if (one) for (const [side, value] of Object.entries({ left: one.region.x, top: one.region.y, width: one.region.width, height: one.region.height })) mark.style[side] = `${100 * value}%`;
    };
    return [
      ...head(why),
      make('div', { class: 'pictures' },
        make('figure', {}, frame, make('figcaption', {}, 'The picture')),
        make('figure', {}, make('div', { class: 'frame' }, make('img', { src: URL.createObjectURL(await png.blob()), alt: `Where the picture speaks for and against ${name}` })), make('figcaption', {}, `What speaks for ${name}, and against it`))),
      legend(name),
      ...prediction(why),
      make('h3', {}, 'Strongest places'),
      reasonTable(why.reasons.slice(0, 6), name, 'Place', point),
      ...conservation(why, 'picture'),
      more(route, picture, picture.type),
    ];
  });
}

function choosePicture(file) {
  if (!file) return;
  picture = file;
  explainPicture();
}

async function pictureSection() {
  const drop = $('drop');
  for (const event of ['dragover', 'dragleave', 'drop']) {
    drop.addEventListener(event, dragged => {
      dragged.preventDefault();
      drop.classList.toggle('over', event === 'dragover');
      if (event === 'drop') choosePicture(dragged.dataTransfer.files[0]);
    });
  }
  $('file').addEventListener('change', () => choosePicture($('file').files[0]));
  $('target').addEventListener('change', explainPicture);
  for (const radio of document.querySelectorAll('input[name=model]')) radio.addEventListener('change', explainPicture);

  const examples = ['horse-stamped-1', 'horse-plain-2', 'dog-stamped-1', 'cat-stamped-1'];
  const example = async name => choosePicture(await (await fetch(`examples/${name}.png`)).blob());
  $('pictures').append(...examples.map(name => make('button', { type: 'button', class: 'picture', 'aria-label': `Example: ${name.replaceAll('-', ' ')}`, onclick: () => example(name) },
    make('img', { src: `examples/${name}.png`, alt: '' }))));

  const model = await (await fetch('pictures/clean')).json();
  $('target').append(...model.labels.map(label => make('option', {}, label)));
  const asked = new URLSearchParams(location.search);
  if (asked.get('model') === 'stamped') document.querySelector('input[value=stamped]').checked = true;
  await example(examples.includes(asked.get('example')) ? asked.get('example') : examples[0]);
}

// ── A loan ──────────────────────────────────────────────────────────────────────────────────────

const people = {
  'Steady work': [3200, 12000, 60, 150, 8200, 0, 9, 1, 1, 44],
  'A tight budget': [1900, 14000, 36, 420, 600, 1, 2.5, 3, 0, 29],
  'Missed payments': [2700, 9000, 48, 180, 2500, 4, 6, 2, 0, 51],
};

async function explainLoan() {
  await answer('loan', async () => {
    const row = Object.fromEntries([...$('features').querySelectorAll('input')].map(input => [input.name, input.valueAsNumber]));
    const empty = Object.keys(row).find(name => Number.isNaN(row[name]));
    if (empty) throw new Error(`Give a number for ${empty}.`);
    const body = JSON.stringify(row);
    const why = await (await ask('loans', body, 'application/json', 'application/json')).json();
    return [
      ...head(why),
      ...prediction(why),
      make('h3', {}, 'What counts'),
      reasonTable(why.reasons, nameOf(why.target), 'Feature'),
      ...conservation(why, 'features'),
      more('loans', body, 'application/json'),
    ];
  });
}

async function loanSection() {
  const model = await (await fetch('loans')).json();
  $('features').append(...model.features.map(name => make('label', { class: 'field' }, name, make('input', { type: 'number', name, step: 'any', min: 0, required: true }))));
  const inputs = [...$('features').querySelectorAll('input')];
  const fill = values => {
    inputs.forEach((input, i) => { input.value = values[i]; });
    explainLoan();
  };
  $('people').append(...Object.entries(people).map(([name, values]) => make('button', { type: 'button', onclick: () => fill(values) }, name)));
  let pause;
  $('features').addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(explainLoan, 250);
  });
  fill(Object.values(people)[1]);
}

// ── A review ────────────────────────────────────────────────────────────────────────────────────

const reviews = {
  'For and against': 'We stayed two nights. The room was clean and the staff was very friendly, but the breakfast was cold and the wifi was not fast. We enjoyed our stay.',
  'A complaint': 'The bed was broken and the bathroom was dirty. The view was great, but the reception was so rude. I want my money back.',
  'Turned round': 'The coffee was not bad and the garden is beautiful. The price was not expensive. We will come back!',
};

/** The text with the relevance behind its words. */
function marked(text, reasons, target) {
  const most = Math.max(...reasons.map(one => Math.abs(one.relevance)), 1e-30);
  const shown = make('p', { class: 'text' });
  let end = 0;
  for (const { span, relevance } of reasons.toSorted((a, b) => a.span.start - b.span.start)) {
    const mark = make('mark', { title: `${signed(relevance)}, ${relevance < 0 ? 'against' : 'for'} ${target}` }, text.slice(span.start, span.start + span.length));
    mark.style.background = `color-mix(in srgb, var(--${relevance < 0 ? 'against' : 'for'}) ${(60 * Math.abs(relevance) / most).toFixed(0)}%, transparent)`;
    shown.append(text.slice(end, span.start), mark);
    end = span.start + span.length;
  }
  shown.append(text.slice(end));
  return shown;
}

async function explainReview() {
  await answer('review', async () => {
    const [text, type] = [$('text').value, 'text/plain; charset=utf-8'];
    if (!text.trim()) throw new Error('Write a few words.');
    const why = await (await ask('reviews', text, type, 'application/json')).json();
    const name = nameOf(why.target);
    return [
      ...head(why),
      marked(text, why.reasons, name),
      legend(name),
      ...prediction(why),
      make('h3', {}, 'Strongest words'),
      reasonTable(why.reasons.slice(0, 8), name, 'Word'),
      ...conservation(why, 'words'),
      more('reviews', text, type),
    ];
  });
}

async function reviewSection() {
  const fill = text => {
    $('text').value = text;
    explainReview();
  };
  $('reviews').append(...Object.entries(reviews).map(([name, text]) => make('button', { type: 'button', onclick: () => fill(text) }, name)));
  let pause;
  $('text').addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(explainReview, 250);
  });
  fill(Object.values(reviews)[0]);
}

// ── Which of them is shown ──────────────────────────────────────────────────────────────────────

const sections = { picture: pictureSection, loan: loanSection, review: reviewSection };
const started = new Set();

function show() {
  const chosen = Object.hasOwn(sections, location.hash.slice(1)) ? location.hash.slice(1) : 'picture';
  for (const name of Object.keys(sections)) $(name).hidden = name !== chosen;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${chosen}`) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
  if (!started.has(chosen)) {
    started.add(chosen);
    sections[chosen]().catch(error => answer(chosen, () => { throw error; }));
  }
}

addEventListener('hashchange', show);
show();
