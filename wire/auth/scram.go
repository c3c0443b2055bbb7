package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Mechanism is the one SASL mechanism.
const Mechanism = "SCRAM-SHA-256"

// Limits of SCRAM.
const (
	iterationsDefault = 4096
	iterationsMax     = 10_000_000
	saltBytes         = 16
	nonceBytes        = 18
	messageBytesMax   = 4096
)

var (
	// ErrMalformed is a message that RFC 5802 does not allow.
	ErrMalformed = errors.New("malformed SCRAM message")
	// ErrPassword is a proof that does not fit the verifier.
	ErrPassword = errors.New("password authentication failed")
)

// Verifier is what is stored of a password.
type Verifier struct {
	Iterations           int
	Salt                 []byte
	StoredKey, ServerKey [sha256.Size]byte
}

// MakeVerifier derives the verifier of a password with fresh salt from random.
func MakeVerifier(password string, random io.Reader) (Verifier, error) {
	v := Verifier{Iterations: iterationsDefault, Salt: make([]byte, saltBytes)}
	if _, err := io.ReadFull(random, v.Salt); err != nil {
		return v, fmt.Errorf("salt: %w", err)
	}
	return v, v.derive(password)
}

func (v *Verifier) derive(password string) error {
	salted, err := pbkdf2.Key(sha256.New, norm.NFKC.String(password), v.Salt, v.Iterations, sha256.Size)
	if err != nil {
		return fmt.Errorf("derive key: %w", err)
	}
	v.StoredKey = sha256.Sum256(mac(salted, "Client Key"))
	copy(v.ServerKey[:], mac(salted, "Server Key"))
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, text)
	return h.Sum(nil)
}

// String is the verifier as pg_authid stores it.
func (v Verifier) String() string {
	b64 := base64.StdEncoding.EncodeToString
	return Mechanism + "$" + strconv.Itoa(v.Iterations) + ":" + b64(v.Salt) + "$" + b64(v.StoredKey[:]) + ":" + b64(v.ServerKey[:])
}

// ParseVerifier reads the stored form.
func ParseVerifier(text string) (Verifier, error) {
	var v Verifier
	bad := errors.New("invalid SCRAM verifier")
	parts := strings.Split(text, "$")
	if len(parts) != 3 || parts[0] != Mechanism {
		return v, bad
	}
	iter, salt, ok := strings.Cut(parts[1], ":")
	stored, server, ok2 := strings.Cut(parts[2], ":")
	if !ok || !ok2 {
		return v, bad
	}
	var err error
	if v.Iterations, err = strconv.Atoi(iter); err != nil || v.Iterations < 1 || v.Iterations > iterationsMax {
		return v, bad
	}
	if v.Salt, err = base64.StdEncoding.DecodeString(salt); err != nil || len(v.Salt) == 0 {
		return v, bad
	}
	for _, k := range []struct {
		text string
		dst  []byte
	}{{stored, v.StoredKey[:]}, {server, v.ServerKey[:]}} {
		b, err := base64.StdEncoding.DecodeString(k.text)
		if err != nil || len(b) != sha256.Size {
			return v, bad
		}
		copy(k.dst, b)
	}
	return v, nil
}

// Mock is a verifier for a name that has none: no password fits it, and its
// salt is the same at each try. secret is the server's own.
func Mock(name string, secret []byte) Verifier {
	v := Verifier{Iterations: iterationsDefault, Salt: mac(secret, "salt "+name)[:saltBytes]}
	copy(v.StoredKey[:], mac(secret, "stored "+name))
	copy(v.ServerKey[:], mac(secret, "server "+name))
	return v
}

// Scram is the server's side of one exchange.
type Scram struct {
	v           Verifier
	nonce       string
	clientBare  string
	serverFirst string
	gs2         string
}

// First takes client-first-message and gives server-first-message.
func (s *Scram) First(v Verifier, msg []byte, random io.Reader) ([]byte, error) {
	if len(msg) > messageBytesMax {
		return nil, ErrMalformed
	}
	text := string(msg)
	// gs2-header: n,[a=authzid], (y: the client could bind but believes the
	// server cannot, which is so). p= would bind.
	if !strings.HasPrefix(text, "n,") && !strings.HasPrefix(text, "y,") {
		return nil, ErrMalformed
	}
	end := strings.IndexByte(text[2:], ',')
	if end < 0 {
		return nil, ErrMalformed
	}
	s.gs2, s.clientBare = text[:2+end+1], text[2+end+1:]
	attrs := strings.Split(s.clientBare, ",")
	if len(attrs) < 2 || !strings.HasPrefix(attrs[0], "n=") || !strings.HasPrefix(attrs[1], "r=") {
		return nil, ErrMalformed
	}
	clientNonce := attrs[1][2:]
	if clientNonce == "" {
		return nil, ErrMalformed
	}
	b := make([]byte, nonceBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("nonce: %w", err)
	}
	s.v = v
	s.nonce = clientNonce + base64.StdEncoding.EncodeToString(b)
	s.serverFirst = "r=" + s.nonce + ",s=" + base64.StdEncoding.EncodeToString(v.Salt) + ",i=" + strconv.Itoa(v.Iterations)
	return []byte(s.serverFirst), nil
}

// Final takes client-final-message and gives server-final-message.
func (s *Scram) Final(msg []byte) ([]byte, error) {
	if len(msg) > messageBytesMax {
		return nil, ErrMalformed
	}
	text := string(msg)
	at := strings.LastIndex(text, ",p=")
	if at < 0 {
		return nil, ErrMalformed
	}
	bare := text[:at]
	proof, err := base64.StdEncoding.DecodeString(text[at+3:])
	if err != nil || len(proof) != sha256.Size {
		return nil, ErrMalformed
	}
	attrs := strings.Split(bare, ",")
	if len(attrs) < 2 || attrs[0] != "c="+base64.StdEncoding.EncodeToString([]byte(s.gs2)) || attrs[1] != "r="+s.nonce {
		return nil, ErrMalformed
	}
	auth := s.clientBare + "," + s.serverFirst + "," + bare
	key := mac(s.v.StoredKey[:], auth)
	for i := range key {
		key[i] ^= proof[i] // ClientKey = proof XOR ClientSignature
	}
	stored := sha256.Sum256(key)
	if subtle.ConstantTimeCompare(stored[:], s.v.StoredKey[:]) != 1 {
		return nil, ErrPassword
	}
	return append([]byte("v="), base64.StdEncoding.EncodeToString(mac(s.v.ServerKey[:], auth))...), nil
}

// Matches tells whether a clear password fits a verifier.
func (v Verifier) Matches(password string) bool {
	w := Verifier{Iterations: v.Iterations, Salt: bytes.Clone(v.Salt)}
	if err := w.derive(password); err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(w.StoredKey[:], v.StoredKey[:]) == 1
}
