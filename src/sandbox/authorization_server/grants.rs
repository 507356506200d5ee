//! What users granted: codes used once, refresh tokens that rotate, and the families they found.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::sandbox::entropy;
use crate::sandbox::store::lock;

/// Seconds a code can be redeemed.
const CODE_LIFETIME: u64 = 60;

/// What a user granted to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) subject: String,
    pub(super) scope: String,
    pub(super) audience: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
}

/// A grant in use. It names the family, so that all that descends from one code can be revoked together.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) family: String,
    pub(super) grant: Grant,
}

/// A code is fresh once.
#[derive(Debug)]
enum Code {
    Fresh { grant: Grant, expires: u64 },
    Spent { client_id: String, family: String },
}

/// A refresh token is current once; the family remembers the spent ones to notice a thief.
#[derive(Debug)]
struct RefreshToken {
    family: String,
    spent: bool,
}

#[derive(Debug, Default)]
struct GrantStore {
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, RefreshToken>,
    families: HashMap<String, RefreshTokenFamily>,
}

#[derive(Debug)]
struct RefreshTokenFamily {
    grant: Grant,
    /// Scope by the `jti` of the access tokens, or by the tokens themselves if they have none.
    access_tokens: HashMap<String, String>,
}

/// The grants of a server.
#[derive(Debug, Default)]
pub(super) struct Grants(Mutex<GrantStore>);

/// Why a code or refresh token buys nothing; the words of the `invalid_grant` description.
pub(super) type InvalidGrant = &'static str;

impl Grants {
    /// A code is good from now on.
    pub(super) fn issue_code(&self, code: &str, grant: Grant, now: u64) {
        lock(&self.0).codes.insert(code.to_owned(), Code::Fresh { grant, expires: now + CODE_LIFETIME });
    }

    /// A grant that needs no code.
    pub(super) fn found(&self, grant: Grant) -> Live {
        let family = entropy::id("grant");
        let founded = RefreshTokenFamily { grant: grant.clone(), access_tokens: HashMap::new() };
        lock(&self.0).families.insert(family.clone(), founded);
        Live { family, grant }
    }

    /// Spends a code if `examine` agrees to its grant. A code that comes a second time takes what it bought with it
    /// ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)), but only from its own client's hands.
    pub(super) fn redeem<E: From<InvalidGrant>>(
        &self,
        code: &str,
        client_id: &str,
        now: u64,
        examine: impl FnOnce(&Grant) -> Result<(), E>,
    ) -> Result<Live, E> {
        let mut books = lock(&self.0);
        let (grant, expires) = match books.codes.get(code) {
            Some(Code::Fresh { grant, expires }) if grant.client_id == client_id => (grant.clone(), *expires),
            Some(Code::Spent { client_id: owner, family }) if owner == client_id => {
                let family = family.clone();
                books.families.remove(&family);
                return Err("The code was used before; what it bought is revoked".into());
            }
            Some(_) => return Err("The code was issued to another client".into()),
            None => return Err("The code is unknown".into()),
        };
        if now >= expires {
            return Err("The code has expired".into());
        }
        examine(&grant)?;
        let family = entropy::id("grant");
        let spent = Code::Spent { client_id: client_id.to_owned(), family: family.clone() };
        books.codes.insert(code.to_owned(), spent);
        let founded = RefreshTokenFamily { grant: grant.clone(), access_tokens: HashMap::new() };
        books.families.insert(family.clone(), founded);
        Ok(Live { family, grant })
    }

    /// Spends a refresh token if `examine` agrees. A spent one that comes again was stolen, or its successor was:
    /// the family ends ([OAuth 2.1 §4.3.1](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-4.3.1)).
    pub(super) fn refresh<E: From<InvalidGrant>>(
        &self,
        token: &str,
        client_id: &str,
        examine: impl FnOnce(&Grant) -> Result<(), E>,
    ) -> Result<Live, E> {
        let mut books = lock(&self.0);
        let known = books.refresh_tokens.get(token).map(|known| (known.family.clone(), known.spent));
        let (family, spent) = known.ok_or("The refresh token is unknown")?;
        let grant = books.families.get(&family).map(|family| family.grant.clone());
        let grant = grant.ok_or("The refresh token was revoked")?;
        if grant.client_id != client_id {
            return Err("The refresh token was issued to another client".into());
        }
        if spent {
            books.families.remove(&family);
            return Err("The refresh token was used before; its family is revoked".into());
        }
        examine(&grant)?;
        if let Some(known) = books.refresh_tokens.get_mut(token) {
            known.spent = true;
        }
        Ok(Live { family, grant })
    }

    /// Lets a spent refresh token be used again.
    pub(super) fn reinstate(&self, token: &str) {
        if let Some(known) = lock(&self.0).refresh_tokens.get_mut(token) {
            known.spent = false;
        }
    }

    /// The next refresh token of a family.
    pub(super) fn issue_refresh_token(&self, live: &Live) -> String {
        let token = entropy::token();
        let entry = RefreshToken { family: live.family.clone(), spent: false };
        lock(&self.0).refresh_tokens.insert(token.clone(), entry);
        token
    }

    /// Remembers an access token as one of the family.
    pub(super) fn record_access_token(&self, live: &Live, jti: &str, scope: &str) {
        if let Some(family) = lock(&self.0).families.get_mut(&live.family) {
            family.access_tokens.insert(jti.to_owned(), scope.to_owned());
        }
    }

    /// Whether an access token was issued here and not revoked since.
    pub(super) fn is_active(&self, jti: &str) -> bool {
        self.introspect(jti).is_some()
    }

    /// Audience and scope of an access token that was issued here and not revoked since.
    pub(super) fn introspect(&self, jti: &str) -> Option<(String, String)> {
        let books = lock(&self.0);
        let mut families = books.families.values();
        families
            .find_map(|family| Some((family.grant.audience.clone(), family.access_tokens.get(jti)?.clone())))
    }

    /// Ends the family of a refresh token of that client.
    pub(super) fn revoke_refresh_token(&self, token: &str, client_id: &str) {
        let mut books = lock(&self.0);
        let family = books.refresh_tokens.get(token).map(|known| known.family.clone()).unwrap_or_default();
        if books.families.get(&family).is_some_and(|known| known.grant.client_id == client_id) {
            books.families.remove(&family);
        }
    }

    /// Ends one access token of that client.
    pub(super) fn revoke_access_token(&self, jti: &str, client_id: &str) {
        for family in lock(&self.0).families.values_mut().filter(|family| family.grant.client_id == client_id)
        {
            family.access_tokens.remove(jti);
        }
    }

    /// Ends all a client was granted.
    pub(super) fn forget_client(&self, client_id: &str) {
        let mut books = lock(&self.0);
        books.families.retain(|_, family| family.grant.client_id != client_id);
        books.codes.retain(|_, code| match code {
            Code::Fresh { grant, .. } => grant.client_id != client_id,
            Code::Spent { client_id: owner, .. } => owner != client_id,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            client_id: "c".into(),
            subject: "s".into(),
            scope: "mcp:tools".into(),
            audience: "a".into(),
            redirect_uri: "r".into(),
            code_challenge: "x".into(),
            nonce: None,
        }
    }

    fn issue(grants: &Grants, now: u64) -> String {
        grants.issue_code("code", grant(), now);
        "code".to_owned()
    }

    fn redeem(grants: &Grants, code: &str, client: &str, now: u64) -> Result<Live, InvalidGrant> {
        grants.redeem(code, client, now, |_| Ok(()))
    }

    #[test]
    fn a_code_lives_for_a_minute() {
        let grants = Grants::default();
        let code = issue(&grants, 1000);
        assert_eq!(redeem(&grants, &code, "c", 1060).unwrap_err(), "The code has expired");
        assert!(redeem(&grants, &code, "c", 1059).is_ok());
    }

    #[test]
    fn a_code_that_comes_twice_takes_its_tokens_with_it() {
        let grants = Grants::default();
        let code = issue(&grants, 0);
        let live = redeem(&grants, &code, "c", 1).unwrap();
        grants.record_access_token(&live, "jti", "mcp:tools");
        assert!(redeem(&grants, &code, "thief", 2).is_err() && grants.is_active("jti"));
        assert!(redeem(&grants, &code, "c", 2).is_err() && !grants.is_active("jti"));
    }

    #[test]
    fn a_code_survives_an_attempt_that_fails() {
        let grants = Grants::default();
        let code = issue(&grants, 0);
        assert_eq!(grants.redeem(&code, "c", 1, |_| Err("no")).unwrap_err(), "no");
        assert!(redeem(&grants, &code, "c", 1).is_ok());
    }

    #[test]
    fn a_refresh_token_that_comes_twice_ends_the_family() {
        let grants = Grants::default();
        let live = redeem(&grants, &issue(&grants, 0), "c", 1).unwrap();
        let first = grants.issue_refresh_token(&live);
        let live = grants.refresh::<InvalidGrant>(&first, "c", |_| Ok(())).unwrap();
        let second = grants.issue_refresh_token(&live);
        assert!(grants.refresh::<InvalidGrant>(&first, "c", |_| Ok(())).is_err());
        assert_eq!(
            grants.refresh::<InvalidGrant>(&second, "c", |_| Ok(())).unwrap_err(),
            "The refresh token was revoked"
        );
    }

    #[test]
    fn a_stranger_revokes_nothing() {
        let grants = Grants::default();
        let live = redeem(&grants, &issue(&grants, 0), "c", 1).unwrap();
        let token = grants.issue_refresh_token(&live);
        grants.record_access_token(&live, "jti", "mcp:tools");
        grants.revoke_refresh_token(&token, "stranger");
        grants.revoke_access_token("jti", "stranger");
        assert!(grants.is_active("jti"));
        grants.revoke_refresh_token(&token, "c");
        assert!(!grants.is_active("jti"));
    }
}
