// Package auth checks who a client is: SCRAM-SHA-256 (RFC 5802, RFC 7677) as
// PostgreSQL speaks it, the choice of method by address, and certificates.
//
// Words:
//   - verifier: what is stored of a password,
//     SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>, as in pg_authid.
//   - mock: the exchange with a user who does not exist takes the same course,
//     with a salt that stays the same for the name, and fails at its end.
//
// It stores nothing and opens no connection.
package auth
