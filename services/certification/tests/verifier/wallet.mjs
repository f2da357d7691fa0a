// A wallet that shares no code with the issuer: takes what an offer leads to, as OpenID4VCI 1.0 has it.
//
//   node wallet.mjs --site https://issuer.example --at http://127.0.0.1:8104 --digits 123456 OFFER
//
// OFFER is what a QR code says (openid-credential-offer://…). Whatever is asked of the site goes to the address instead.
// One line of JSON is printed: {"version", "configuration", "credential", "asked"}, or {"error", "asked"} with the
// code that the issuer refused it with.

import {createHash, randomBytes} from 'node:crypto';
import {parseArgs} from 'node:util';
import {clientAuthenticationDynamic} from '@openid4vc/oauth2';
import {Openid4vciClient} from '@openid4vc/openid4vci';

const {values, positionals: [offer]} = parseArgs({
  allowPositionals: true,
  options: {site: {type: 'string'}, at: {type: 'string'}, digits: {type: 'string'}},
});

const asked = [];

async function fetchFromSite(url, init) {
  if(!String(url).startsWith(`${values.site}/`)) {
    throw new Error(`nothing is fetched but from the site: ${url}`);
  }
  const answer = await fetch(String(url).replace(values.site, values.at), init);
  asked.push(`${init?.method ?? 'GET'} ${new URL(url).pathname} ${answer.status}`);
  return answer;
}

const unneeded = name => () => {
  throw new Error(`nothing here needs ${name}`);
};

const client = new Openid4vciClient({
  callbacks: {
    fetch: fetchFromSite,
    hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    generateRandom: count => randomBytes(count),
    clientAuthentication: clientAuthenticationDynamic({clientId: 'nobody', clientSecret: 'none'}),
    ...Object.fromEntries(['signJwt', 'verifyJwt', 'encryptJwe', 'decryptJwe'].map(each => [each, unneeded(each)])),
  },
});

async function received() {
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
  const configuration = issuerMetadata.knownCredentialConfigurations[credentialConfigurationId];
  const {accessTokenResponse: {access_token: accessToken}} =
    await client.retrievePreAuthorizedCodeAccessTokenFromOffer({credentialOffer, issuerMetadata, txCode: values.digits});
  const {credentialResponse: {credentials}} =
    await client.retrieveCredentials({accessToken, credentialConfigurationId, issuerMetadata});
  return {version: issuerMetadata.originalDraftVersion, configuration, credential: credentials[0].credential};
}

function codeOf(error) {
  return error.errorResponse?.error ?? error.response?.credentialErrorResponseResult?.data?.error ?? error.message;
}

try {
  console.log(JSON.stringify({...await received(), asked}));
} catch(error) {
  console.log(JSON.stringify({error: codeOf(error), asked}));
}
