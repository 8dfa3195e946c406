import { describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import { Searches } from './searches.svelte';

const search = (name: string, query: string, view = 'events') => ({ name, view, query });

async function some() {
  const fake = new Fake({ subjects: 0 });
  fake.saved = [search('Errors', 'is:error'), search('Late', 'is:stuck', 'uploads')];
  const searches = new Searches(fake);
  await searches.begin();
  return { fake, searches };
}

describe('Searches', () => {
  it('are kept by the program, by view', async () => {
    const { fake, searches } = await some();
    await searches.save(search(' Batteries ', 'battery'));
    expect(fake.saved.map((one) => one.name)).toEqual(['Errors', 'Late', 'Batteries']);
    expect(searches.of('events').map((one) => one.name)).toEqual(['Errors', 'Batteries']);
    expect(searches.like('uploads', 'is:stuck')?.name).toBe('Late');
    expect(searches.like('events', 'is:stuck')).toBeNull();
  });

  it('replace one of the same name, and give it back', async () => {
    const { searches } = await some();
    const back = await searches.save(search('errors', 'status:error'));
    expect(searches.all).toEqual([search('Late', 'is:stuck', 'uploads'), search('errors', 'status:error')]);
    await back();
    expect(searches.all).toEqual([search('Errors', 'is:error'), search('Late', 'is:stuck', 'uploads')]);
  });

  it('come back where they were; what was done since stays', async () => {
    const { searches } = await some();
    const back = await searches.remove('Errors');
    await searches.save(search('More', 'x'));
    await back();
    expect(searches.all.map((one) => one.name)).toEqual(['Errors', 'Late', 'More']);
  });

  it('are renamed, but not to a name there is', async () => {
    const { searches } = await some();
    await searches.rename('Errors', 'Failures');
    expect(searches.all[0]).toEqual(search('Failures', 'is:error'));
    await expect(searches.rename('Failures', 'LATE')).rejects.toMatchObject({ code: 'invalid', field: 'name' });
    expect(searches.all[0]?.name).toBe('Failures');
    await expect(searches.save(search('Wrong', 'colour:red'))).rejects.toMatchObject({ code: 'query' });
  });

  it('change one after the other', async () => {
    const { searches } = await some();
    await Promise.all([searches.remove('Errors'), searches.save(search('A', 'a')), searches.rename('Late', 'Later')]);
    expect(searches.all.map((one) => one.name)).toEqual(['Later', 'A']);
  });

  it('remember what was searched for in this window, the latest first, and not without end', async () => {
    const { fake, searches } = await some();
    for (let each = 0; each < 20; each += 1) searches.used('events', `site:${each}`);
    searches.used('events', 'site:17');
    searches.used('events', '');
    searches.used('today', 'x');
    expect(searches.recent('events')).toEqual(['site:17', 'site:19', 'site:18', 'site:16', 'site:15', 'site:14']);
    expect(searches.recent('uploads')).toEqual([]);
    expect(fake.calls).not.toContain('savedSearchesSet');
  });
});
