import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { software } from './fake-threads.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function picture(name: string): Promise<File> {
  const canvas = new OffscreenCanvas(60, 40);
  canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}

async function drop(...files: File[]): Promise<void> {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  await Promise.resolve();
}

const cards = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.card')];

function find(selector: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(selector);
  if (element === null) return expect.unreachable(`nothing matches ${selector}`);
  return element;
}

describe('the Caption room', () => {
  it('says at first that nothing leaves this computer', async () => {
    stage = await openStage();
    expect(document.body.textContent).toContain('Drop pictures here.');
    expect(document.body.textContent).toContain('Nothing leaves this computer.');
  });

  it('captions what is dropped anywhere, and fails a broken picture on its own card', async () => {
    stage = await openStage();
    await drop(
      await picture('one.png'),
      new File(['x'], 'broken.jpg', { type: 'image/jpeg' }),
      new File(['x'], 'notes.txt', { type: 'text/plain' }),
    );
    await vi.waitFor(() => expect(cards().map((card) => card.dataset['state'])).toEqual(['done', 'failed']));
    expect(cards()[1]?.textContent).toContain('Not a picture that can be read.');
    expect(document.body.textContent).toContain('notes.txt left out');
  });

  it('offers wasm where the GPU is software, and opens nothing before the click', async () => {
    stage = await openStage({ webgpu: software });
    expect(document.body.textContent).toContain('WebGPU runs in software here');
    expect(stage.threads.calls.opened).toEqual([]);
    await drop(await picture('one.png'));
    await vi.waitFor(() => expect(cards()).toHaveLength(1));
    [...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Use wasm')?.click();
    await vi.waitFor(() => expect(cards()[0]?.dataset['state']).toBe('done'));
    expect(stage.threads.calls.opened).toEqual(['wasm']);
  });

  it('opens a picture, keeps it in the address, and closes with Escape', async () => {
    stage = await openStage();
    await drop(await picture('one.png'), await picture('two.png'));
    await vi.waitFor(() => expect(cards().map((card) => card.dataset['state'])).toEqual(['done', 'done']));
    find('.card .picture').click();
    await vi.waitFor(() => expect(find('.detail').textContent).toContain('one.png'));
    await vi.waitFor(() => expect(location.hash).toContain('picture='));
    await userEvent.keyboard('{ArrowRight}');
    await vi.waitFor(() => expect(find('.detail').textContent).toContain('two.png'));
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(document.querySelector('.detail')).toBeNull());
  });

  it('finds every act with Ctrl-K', async () => {
    stage = await openStage();
    await userEvent.keyboard('{Control>}k{/Control}');
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('combobox'));
    await userEvent.keyboard('tags{Enter}');
    await vi.waitFor(() => expect(stage?.workspace.prompting.preset?.label).toBe('Tags'));
    expect(document.querySelector('dialog')).toBeNull();
  });

  it('completes the filter language, says what is wrong with it, and keeps a filter under a name', async () => {
    stage = await openStage();
    await drop(await picture('one.png'), await picture('two.png'));
    await vi.waitFor(() => expect(cards().map((card) => card.dataset['state'])).toEqual(['done', 'done']));
    const [one] = stage.workspace.library.cards;
    if (one === undefined) return expect.unreachable();
    stage.workspace.editing.setTags(one, ['blue sky', 'sea']);
    find('#find').focus();
    await userEvent.keyboard('tag:bl{ArrowDown}{Enter}');
    await vi.waitFor(() => expect(stage?.workspace.gallery.words).toBe('tag:"blue sky"'));
    await vi.waitFor(() => expect(cards()).toHaveLength(1));
    await userEvent.keyboard(' words:many');
    await vi.waitFor(() => expect(find('[role=alert]').textContent).toContain('words wants a number'));
    stage.workspace.gallery.words = '-tag:sea';
    await vi.waitFor(() => expect(cards()[0]?.getAttribute('aria-label')).toBe('two.png'));
    find('[aria-label="Name of this filter"]').focus();
    await userEvent.keyboard('Inland{Enter}');
    expect(stage.workspace.settings.now.savedFilters).toMatchObject([{ label: 'Inland', words: '-tag:sea' }]);
  });

  it('lets someone who completes a filter type on at once, behind what was completed', async () => {
    stage = await openStage();
    await drop(await picture('one.png'));
    await vi.waitFor(() => expect(cards()[0]?.dataset['state']).toBe('done'));
    const [one] = stage.workspace.library.cards;
    if (one === undefined) return expect.unreachable();
    stage.workspace.editing.setTags(one, ['blue sky']);
    find('#find').focus();
    await userEvent.keyboard('tag:bl{ArrowDown}');
    const frames: FrameRequestCallback[] = [];
    const held = vi.spyOn(globalThis, 'requestAnimationFrame').mockImplementation((frame) => frames.push(frame));
    onTestFinished(() => held.mockRestore());
    await userEvent.keyboard('{Enter} wor');
    for (const frame of frames.splice(0)) frame(performance.now());
    await userEvent.keyboard('ds:5');
    await vi.waitFor(() => expect(stage?.workspace.gallery.words).toBe('tag:"blue sky" words:5'));
  });

  it('says which value of a filter no picture can have, and which there are', async () => {
    stage = await openStage();
    await drop(await picture('one.png'));
    await vi.waitFor(() => expect(cards()[0]?.dataset['state']).toBe('done'));
    find('#find').focus();
    await userEvent.keyboard('state:do');
    expect(document.querySelector('.drop [role=status]')).toBeNull(); // it may still become done
    await userEvent.keyboard('om');
    await vi.waitFor(() => expect(find('.drop [role=status]').textContent).toContain('state is one of waiting, done, failed'));
    expect(cards()).toHaveLength(0);
  });

  it('looks for what may be wrong also where a filter was kept, not typed', async () => {
    stage = await openStage({ words: 'A dog runs over the' });
    await drop(await picture('one.png'), await picture('two.png'));
    await vi.waitFor(() => expect(cards().map((card) => card.dataset['state'])).toEqual(['done', 'done']));
    const [one] = stage.workspace.library.cards;
    if (one === undefined) return expect.unreachable();
    stage.workspace.editing.write(one, 'A dog runs over the field.');
    stage.workspace.settings.change({ savedFilters: [{ id: '1', label: 'Unfinished', words: 'flag:unfinished' }] });
    find('#find').focus();
    await vi.waitFor(() => find('.saved').click());
    await vi.waitFor(() => expect(cards().map((card) => card.getAttribute('aria-label'))).toEqual(['two.png']));
  });

  it('leaves the tags with a first Escape and the picture with a second', async () => {
    stage = await openStage();
    await drop(await picture('one.png'));
    await vi.waitFor(() => expect(cards()[0]?.dataset['state']).toBe('done'));
    find('.card .picture').click();
    await vi.waitFor(() => find('[aria-label="Add a tag"]').focus());
    await userEvent.keyboard('sea{Enter}half{Escape}');
    expect(find('.detail').contains(document.activeElement)).toBe(true);
    expect(stage.workspace.library.cards[0]?.content.tags).toEqual(['sea']);
    (await vi.waitFor(() => find('[aria-label="Your edit is not taken over"] .acts button'))).click();
    await vi.waitFor(() => expect(stage?.workspace.library.cards[0]?.content.tags).toEqual(['sea', 'half']));
    find('.detail').focus();
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(document.querySelector('.detail')).toBeNull());
  });

  it('leaves an edit with Escape and brings back what was typed, which Ctrl-Z takes back', async () => {
    stage = await openStage();
    await drop(await picture('one.png'));
    await vi.waitFor(() => expect(cards()[0]?.dataset['state']).toBe('done'));
    const [card] = stage.workspace.library.cards;
    const before = card?.text;
    find('.card .text').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('TEXTAREA'));
    await userEvent.keyboard('{Escape}');
    expect(stage.workspace.notices.toasts.map(({ title }) => title)).not.toContain('Your edit is not taken over');
    find('.card .text').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('TEXTAREA'));
    await userEvent.keyboard('A dog at the sea.{Escape}');
    expect(card?.text).toBe(before);
    const back = await vi.waitFor(() => find('[aria-label="Your edit is not taken over"] .acts button'));
    expect(back.textContent.trim()).toBe('Bring back');
    expect(find('[aria-label="Your edit is not taken over"] .text').textContent).toBe('one.png: A dog at the sea.');
    back.click();
    await vi.waitFor(() => expect(card?.text).toBe('A dog at the sea.'));
    stage.workspace.undo();
    expect(card?.text).toBe(before);
  });

  it('edits a caption in place and takes it back with Ctrl-Z', async () => {
    stage = await openStage();
    await drop(await picture('one.png'));
    await vi.waitFor(() => expect(cards()[0]?.dataset['state']).toBe('done'));
    find('.card .picture').focus();
    await userEvent.keyboard('e');
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('TEXTAREA'));
    await userEvent.keyboard('My own words.{Enter}');
    await vi.waitFor(() => expect(cards()[0]?.textContent).toContain('My own words.'));
    await userEvent.keyboard('{Control>}z{/Control}');
    await vi.waitFor(() => expect(cards()[0]?.textContent).toContain('A grey cat'));
  });

  it('keeps only the cards in sight when there are ten thousand', async () => {
    stage = await openStage();
    const { library, prompting } = stage.workspace;
    const file = await picture('one.png');
    library.add(
      Array.from({ length: 10_000 }, () => ({ file })),
      prompting.recipe,
    );
    await vi.waitFor(() => expect(cards().length).toBeGreaterThan(0));
    expect(cards().length).toBeLessThan(120);
    const scroller = find('.gallery');
    await vi.waitFor(() => {
      scroller.scrollTop = scroller.scrollHeight / 2; // again: its height is another once its width is known
      expect(Number(cards()[0]?.getAttribute('aria-posinset'))).toBeGreaterThan(3000);
    });
    expect(cards().length).toBeLessThan(120);
  });
});
