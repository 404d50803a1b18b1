/** What each operation does with a request that was understood, and how its result is told. */

import { documents } from "../documents.js";
import * as answers from "./answer.js";
import { readDocument, readObject } from "./body.js";

/** Each operation by its name in the contract: takes what the request gave, and gives the answer. */
export const operations = Object.freeze({
  async get({ place, id, preconditions, isPastCache }) {
    return answers.documentAnswer(await documents.get(place, { id, preconditions, isPastCache }));
  },

  async put({ app, place, collection, id, preconditions, body }) {
    const document = readDocument(body, app.bodyBytes);
    const result = await documents.put(place, { id, document, preconditions });
    return answers.putAnswer(result, { collection, id, wasCanonical: document.wasCanonical });
  },

  async patch({ app, place, collection, id, preconditions, body }) {
    const patch = readObject(body, app.bodyBytes);
    const changed = await documents.patch(place, { id, patch, preconditions, limitBytes: app.bodyBytes });
    return answers.patchAnswer({ collection, id, ...changed });
  },

  async delete({ place, collection, id, preconditions }) {
    return answers.deleteAnswer({ collection, id, ...(await documents.delete(place, { id, preconditions })) });
  },

  async create({ app, place, collection, key, body }) {
    const document = readDocument(body, app.bodyBytes);
    return answers.createAnswer({ collection, ...(await documents.create(place, { key, document })) });
  },

  async list({ place, collection, query, waitMs }) {
    return answers.listAnswer(await documents.list(place, query, waitMs), collection, query);
  },

  live({ app }) {
    return answers.pageAnswer(app.status.live());
  },

  async ready({ app }) {
    const page = await app.status.ready();
    return answers.pageAnswer(page, page.reasons.length === 0);
  },

  async stats({ app }) {
    return answers.pageAnswer(await app.status.stats());
  },

  options({ resource }) {
    return answers.optionsAnswer(resource);
  },
});
