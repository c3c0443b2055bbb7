package auth

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"testing"
)

// TestVector is the exchange of RFC 7677, section 3.
func TestVector(t *testing.T) {
	salt, err := base64.StdEncoding.DecodeString("W22ZaJ0SNY7soEsUEjb6gQ==")
	if err != nil {
		t.Fatal(err)
	}
	v := Verifier{Iterations: 4096, Salt: salt}
	if err := v.derive("pencil"); err != nil {
		t.Fatal(err)
	}
	s := Scram{v: v, gs2: "n,,", clientBare: "n=user,r=rOprNGfwEbeRWgbNEkqO",
		nonce:       "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
		serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"}
	final := "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	got, err := s.Final([]byte(final))
	if err != nil || string(got) != "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" {
		t.Fatalf("%s %v", got, err)
	}
	if _, err := s.Final([]byte(strings.Replace(final, "p=dH", "p=eH", 1))); !errors.Is(err, ErrPassword) {
		t.Fatalf("a wrong proof: %v", err)
	}
}

// random is a source that gives the same bytes each time.
func random() *bytes.Reader { return bytes.NewReader(bytes.Repeat([]byte{7}, 100)) }

func TestVerifierText(t *testing.T) {
	v, err := MakeVerifier("secret", random())
	if err != nil {
		t.Fatal(err)
	}
	w, err := ParseVerifier(v.String())
	if err != nil || w.String() != v.String() || !w.Matches("secret") || w.Matches("Secret") {
		t.Fatal(w, err)
	}
	for _, bad := range []string{"", "md5abc", "SCRAM-SHA-256$4096:x$y", "SCRAM-SHA-256$0:c2FsdA==$" + v.String()[40:],
		"SCRAM-SHA-256$4096:c2FsdA==$c2FsdA==:c2FsdA==", strings.Replace(v.String(), "4096", "99999999999", 1)} {
		if _, err := ParseVerifier(bad); err == nil {
			t.Errorf("took %q", bad)
		}
	}
}

func TestMalformed(t *testing.T) {
	v := Mock("nobody", []byte("secret"))
	for _, first := range []string{"", "n", "n,", "p=tls-unique,,n=,r=x", "n,,n=", "n,,r=x", "n,,n=,r=", "n,,m=1,n=,r=x", strings.Repeat("n", messageBytesMax+1)} {
		if _, err := new(Scram).First(v, []byte(first), random()); !errors.Is(err, ErrMalformed) {
			t.Errorf("first %.20q: %v", first, err)
		}
	}
	s := &Scram{}
	reply, err := s.First(v, []byte("n,,n=,r=abc"), random())
	if err != nil {
		t.Fatal(err)
	}
	nonce := strings.Split(string(reply), ",")[0]
	proof := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, final := range []string{"", "c=biws", "c=biws," + nonce, "c=biws," + nonce + ",p=AAAA", "c=eSws," + nonce + ",p=" + proof,
		"c=biws,r=other,p=" + proof, strings.Repeat("c", messageBytesMax+1)} {
		if _, err := s.Final([]byte(final)); !errors.Is(err, ErrMalformed) {
			t.Errorf("final %.20q: %v", final, err)
		}
	}
	if _, err := s.Final([]byte("c=biws," + nonce + ",p=" + proof)); !errors.Is(err, ErrPassword) {
		t.Errorf("a mock let somebody in: %v", err)
	}
}

func TestMockIsStable(t *testing.T) {
	a, b := Mock("x", []byte("s")), Mock("x", []byte("s"))
	if a.String() != b.String() || a.String() == Mock("y", []byte("s")).String() {
		t.Fatal("the salt of a name that does not exist must be its own, and stay")
	}
}

func TestPolicy(t *testing.T) {
	p, err := ParsePolicy("auto")
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]Method{"127.0.0.1": Trust, "::1": Trust, "10.0.0.1": Scram256, "0.0.0.0": Scram256} {
		if got := p.For(&net.TCPAddr{IP: net.ParseIP(addr)}); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	if _, err := ParsePolicy("md5"); err == nil {
		t.Error("took md5")
	}
}

func FuzzScram(f *testing.F) {
	f.Add([]byte("n,,n=,r=abc"), []byte("c=biws,r=abc,p=AAAA"))
	f.Fuzz(func(t *testing.T, first, final []byte) {
		s := &Scram{}
		if _, err := s.First(Mock("x", []byte("s")), first, random()); err != nil {
			return
		}
		if _, err := s.Final(final); err == nil {
			t.Fatal("a mock let somebody in")
		}
	})
}
