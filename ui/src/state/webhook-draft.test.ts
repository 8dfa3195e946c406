import { describe, expect, it } from 'vitest';

import { someWebhooks } from '../ipc/fake/webhooks';
import { slugOf, WebhookDraft } from './webhook-draft.svelte';

const known = () => {
  const [row] = someWebhooks(new Date());
  if (!row) throw new Error('there is one');
  return row;
};

describe('the address', () => {
  it('is made of small letters, digits and dashes', () => {
    expect(slugOf('Study 300 – Zürich')).toBe('study-300-zurich');
    expect(slugOf('  !! ')).toBe('');
    expect(slugOf('x'.repeat(100))).toHaveLength(64);
  });

  it('follows the name until it is typed, and again once emptied', () => {
    const draft = new WebhookDraft(null);
    draft.name = 'Study 1';
    expect(draft.slug).toBe('study-1');
    draft.setSlug('mine');
    draft.name = 'Study 2';
    expect(draft.slug).toBe('mine');
    draft.setSlug('');
    expect(draft.slug).toBe('study-2');
  });

  it('of a known webhook stays', () => {
    const draft = new WebhookDraft(known());
    draft.setSlug('other');
    draft.name = 'Other';
    expect(draft.form(false).slug).toBe('study-189');
  });
});

describe('what is needed', () => {
  it('is a name and a secret', () => {
    const draft = new WebhookDraft(null);
    expect(draft.complete()).toBe(false);
    expect(Object.keys(draft.errors)).toEqual(['name', 'slug', 'secret']);
  });

  it('is a user name too, with Basic', () => {
    const draft = new WebhookDraft(null);
    Object.assign(draft, { name: 'A', authentication: 'basic', secret: 'x' });
    expect(draft.complete()).toBe(false);
    expect(Object.keys(draft.errors)).toEqual(['username']);
  });

  it('is a client id too, with OAuth2, and it goes along with no other', () => {
    const draft = new WebhookDraft(null);
    Object.assign(draft, { name: 'A', authentication: 'oauth2', secret: 'x' });
    expect(draft.complete()).toBe(false);
    expect(Object.keys(draft.errors)).toEqual(['client_id']);
    draft.clientId = ' centrepoint ';
    expect(draft.complete()).toBe(true);
    expect(draft.form(false)).toMatchObject({ authentication: 'oauth2', client_id: 'centrepoint', username: null });
    draft.authentication = 'hmac';
    expect(draft.form(false).client_id).toBeNull();
  });

  it('is validated anew by CentrePoint once the client id changes', () => {
    const draft = new WebhookDraft({ ...known(), authentication: 'oauth2', client_id: 'a' });
    expect(draft.revalidates).toBe(false);
    draft.clientId = 'b';
    expect(draft.revalidates).toBe(true);
  });

  it('is no new secret where one is kept', () => {
    const draft = new WebhookDraft(known());
    expect(draft.complete()).toBe(true);
    expect(draft.form(false).secret).toBeNull();
    draft.authentication = 'basic';
    expect(draft.keepsSecret, 'another authentication needs another secret').toBe(false);
  });
});

it('asks how long the old secret is accepted only where one is replaced', () => {
  const draft = new WebhookDraft(known());
  expect(draft.form(false).keep_old_hours).toBeNull();
  draft.secret = 'another';
  expect(draft.replaces).toBe(true);
  expect(draft.form(false).keep_old_hours).toBe(72);
  draft.keepOldHours = 0;
  expect(draft.form(false).keep_old_hours).toBe(0);
  draft.authentication = 'basic';
  expect(draft.replaces, 'a secret of another kind is not kept').toBe(false);
  expect(new WebhookDraft(null).replaces).toBe(false);

  const named = new WebhookDraft({ ...known(), authentication: 'oauth2', client_id: 'a' });
  named.clientId = 'b';
  expect(named.form(false).keep_old_hours, 'the name belongs to the credentials').toBe(72);
});

it('tells when authentication is turned off, and sends no secret then', () => {
  const draft = new WebhookDraft(known());
  draft.secret = 'typed before';
  draft.authentication = 'none';
  expect(draft.turnsOff).toBe(true);
  expect(draft.form(true)).toMatchObject({ secret: null, confirmed_no_authentication: true });
  expect(new WebhookDraft({ ...known(), authentication: 'none' }).turnsOff).toBe(false);
});

it('takes a refusal to its field, or says it below', () => {
  const draft = new WebhookDraft(null);
  draft.refuse({ code: 'invalid', message: 'taken', span: null, field: 'slug' });
  expect(draft.errors).toEqual({ slug: 'taken' });
  draft.refuse(new Error('gone'));
  expect(draft.general).toBe('gone');
});
