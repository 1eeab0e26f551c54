/** @file Which notices go away by themselves, and which wait for somebody. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Notices } from '../../src/app/state/notices.svelte.ts';

const act = { label: 'Use it', run: () => undefined };

describe('notices', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('go away by themselves, those with acts later, those with a subject or of an error not at all', () => {
    const notices = new Notices();
    notices.say({ title: 'Copied' });
    notices.say({ title: 'Deleted', acts: [act] });
    notices.say({ title: 'A new version', acts: [act], subject: 'release' });
    notices.tell(new Error('broken'));
    const titles = (): readonly string[] => notices.toasts.map(({ title }) => title);
    const [, , , error] = titles();
    vi.advanceTimersByTime(7000);
    expect(titles()).toEqual(['Deleted', 'A new version', error]);
    vi.advanceTimersByTime(60_000);
    expect(titles()).toEqual(['A new version', error]);
  });

  it('wait for somebody to be there where they are for a return, and then go away', () => {
    const notices = new Notices();
    notices.say({ title: '20 captions', acts: [act], subject: 'run', isForReturn: true });
    vi.advanceTimersByTime(3_600_000);
    expect(notices.toasts).toHaveLength(1);
    notices.noteUser();
    vi.advanceTimersByTime(7000);
    notices.noteUser(); // more of the same does not keep it
    vi.advanceTimersByTime(4000);
    expect(notices.toasts).toHaveLength(1);
    vi.advanceTimersByTime(2000);
    expect(notices.toasts).toHaveLength(0);
  });

  it('say the same trouble once, and offer each thing by itself', () => {
    const notices = new Notices();
    notices.say({ title: 'No room', text: 'Free some.' });
    notices.say({ title: 'No room', text: 'Free some.' });
    expect(notices.toasts).toHaveLength(1);
    for (const offers of ['one', 'two', 'two']) notices.say({ title: 'Not taken over', text: 'A long…', offers, acts: [act] });
    expect(notices.toasts.map(({ offers }) => offers)).toEqual([undefined, 'one', 'two']);
  });

  it('take the place of an earlier one about the same, and make room by those that go away anyway', () => {
    const notices = new Notices();
    const titles = (): readonly string[] => notices.toasts.map(({ title }) => title);
    notices.say({ title: '20 captions', subject: 'run' });
    notices.say({ title: 'A new version', subject: 'release' });
    notices.say({ title: '30 captions', subject: 'run' });
    expect(titles()).toEqual(['A new version', '30 captions']);
    for (const title of ['one', 'two', 'three']) notices.say({ title });
    expect(titles()).toEqual(['A new version', '30 captions', 'two', 'three']);
  });
});
