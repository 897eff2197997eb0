package layer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"imapscope/capture"
)

func longText(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%d ", b.Len())
	}
	return b.String()[:n]
}

// talk has both sides say something, of many lengths.
func (e *encoder) talk() {
	for i, n := range []int{1, 15, 16, 17, 200, 3000, 1 << 14} {
		e.say(0, fmt.Sprintf("a%d NOOP\r\n", i))
		e.say(1, longText(n))
	}
}

// TestOpensEverySuite: every suite of the table, in each version that it may be used in.
func TestOpensEverySuite(t *testing.T) {
	for _, id := range slices.Sorted(maps.Keys(suiteNames)) {
		s := suiteByID(id)
		versions := []uint16{version12}
		if id>>8 == 0x13 {
			versions = []uint16{version13}
		} else if s.mode == modeCBC {
			versions = []uint16{version10, version11, version12}
		}
		for _, v := range versions {
			for _, encryptFirst := range []bool{false, true}[:1+btoi(s.mode == modeCBC)] {
				e := newEncoder(v, id)
				e.hs.encryptFirst = encryptFirst
				e.shake()
				e.talk()
				name := fmt.Sprintf("%s %s, encrypt first %v", versionName(v), suiteNames[id], encryptFirst)
				h, f := play(t, keysOf(e.keys.String()), e.chunks, 1460)
				wantPlain(t, h, &e.tape)
				if t.Failed() {
					t.Fatalf("%s: %q", name, h.whats(1))
				}
				if f.Version != versionName(v) || f.Suite != suiteNames[id] {
					t.Errorf("%s: facts %+v", name, f)
				}
			}
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestKeyUpdates(t *testing.T) {
	for _, id := range []uint16{0x1301, 0x1302, 0x1303, 0x1304, 0x1305} {
		e := newEncoder(version13, id)
		e.shake()
		for range 3 {
			e.talk()
			e.update(1)
			e.talk()
			e.update(0)
			e.update(0)
		}
		e.talk()
		h, _ := play(t, keysOf(e.keys.String()), e.chunks, 0)
		wantPlain(t, h, &e.tape)
		if !slices.Contains(h.whats(0), "key update") {
			t.Errorf("records %q", h.whats(0))
		}
	}
}

// TestLostKeyUpdate: the record that announces new keys is lost.
func TestLostKeyUpdate(t *testing.T) {
	e := newEncoder(version13, 0x1301)
	e.shake()
	e.talk()
	e.update(1)
	lost := len(e.chunks) - 1
	e.talk()
	s, _ := playLossy(t, &e.tape, drop(e.chunks, func(i int) bool { return i == lost }))
	if !bytes.Equal(s.plain[1].Bytes(), e.said[1].Bytes()) {
		t.Errorf("%d bytes of %d", s.plain[1].Len(), e.said[1].Len())
	}
}

func TestEarlyDataIsReported(t *testing.T) {
	e := newEncoder(version13, 0x1301)
	e.handshake13(make([]byte, 50), make([]byte, 60), make([]byte, 70), make([]byte, 80))
	e.talk()
	h, f := play(t, keysOf(e.keys.String()), e.chunks, 0)
	if !bytes.Equal(h.plain[0].Bytes(), e.said[0].Bytes()) || !bytes.Equal(h.plain[1].Bytes(), e.said[1].Bytes()) {
		t.Errorf("plaintext differs; dark %q", h.dark)
	}
	if h.count(Early) != 4 || !f.Early || f.Failed != 0 {
		t.Errorf("%d early records, facts %+v", h.count(Early), f)
	}
}

// TestTrafficSecretsSuffice: a key log without the handshake's secrets.
func TestTrafficSecretsSuffice(t *testing.T) {
	e := newEncoder(version13, 0x1302)
	e.shake()
	e.talk()
	var keys strings.Builder
	for line := range strings.Lines(e.keys.String()) {
		if !strings.Contains(line, "HANDSHAKE") {
			keys.WriteString(line)
		}
	}
	h, f := play(t, keysOf(keys.String()), e.chunks, 0)
	if !bytes.Equal(h.plain[0].Bytes(), e.said[0].Bytes()) || !bytes.Equal(h.plain[1].Bytes(), e.said[1].Bytes()) {
		t.Errorf("plaintext differs; dark %q", h.dark)
	}
	if h.count(NoKeys) != 2 || f.Failed != 0 || len(h.gaps) > 0 {
		t.Errorf("%d records without keys, gaps %v, facts %+v", h.count(NoKeys), h.gaps, f)
	}
}

func TestRenegotiation(t *testing.T) {
	for _, id := range []uint16{0xC02F, 0xC013} {
		e := newEncoder(version12, id)
		e.shake()
		e.talk()
		e.newRandoms(50)
		e.hs.encryptFirst = true
		e.master = bytes.Repeat([]byte{8}, 48)
		e.record(1, typeHandshake, message(msgHelloRequest, nil))
		e.handshake12()
		e.talk()
		h, _ := play(t, keysOf(e.keys.String()), e.chunks, 0)
		wantPlain(t, h, &e.tape)
	}
}

// TestRSALines: the key log has only the premaster secret, with and without an extended
// master secret.
func TestRSALines(t *testing.T) {
	for _, test := range []struct {
		version, suite uint16
		extended       bool
	}{
		{version10, 0x002F, false}, {version12, 0x009C, false}, {version12, 0x009D, false},
		{version11, 0x0035, true}, {version12, 0x003C, true}, {version12, 0x009D, true},
	} {
		e := newEncoder(test.version, test.suite)
		e.hs.extendedMaster = test.extended
		premaster := bytes.Repeat([]byte{5}, 48)
		seed := append(bytes.Clone(e.hs.clientRandom[:]), e.hs.serverRandom[:]...)
		label := "master secret"
		if test.extended {
			label, seed = "extended master secret", sessionHash(e)
		}
		e.master = prf(e.hs, premaster, label, seed, 48)
		e.shake()
		e.talk()
		line := fmt.Sprintf("RSA %x %x\n", bytes.Repeat([]byte{9}, 8), premaster)
		h, _ := play(t, keysOf(line), e.chunks, 777)
		wantPlain(t, h, &e.tape)
	}
}

// sessionHash is the hash of all messages up to the ClientKeyExchange.
func sessionHash(e *encoder) (sum []byte) {
	other := newEncoder(e.hs.version, e.hs.suiteID)
	other.hs.extendedMaster = true
	other.handshake12()
	var all []byte
	for _, c := range other.chunks {
		if c.data[0] == typeChangeCipherSpec {
			break
		}
		all = append(all, c.data[headerLen:]...)
	}
	if e.hs.version < version12 {
		m, s := md5.Sum(all), sha1.Sum(all)
		return append(m[:], s[:]...)
	}
	h := e.hs.suite.hash()
	h.Write(all)
	return h.Sum(nil)
}

func TestUnknownIsDark(t *testing.T) {
	tests := []struct {
		name   string
		change func(*encoder)
		want   Reason
	}{
		{"suite", func(e *encoder) { e.hs.suiteID = 0x0005 }, UnknownSuite},
		{"version", func(e *encoder) { e.hs.version = 0x0300 }, UnknownVersion},
		{"compression", func(e *encoder) { e.hs.compressed = true }, Compressed},
	}
	for _, test := range tests {
		e := newEncoder(version12, 0xC02F)
		test.change(e)
		e.shake()
		e.talk()
		h, _ := play(t, keysOf(e.keys.String()), e.chunks, 0)
		if !slices.Equal(h.dark, []Reason{test.want}) || h.plain[0].Len()+h.plain[1].Len() > 0 {
			t.Errorf("%s: dark %q", test.name, h.dark)
		}
	}
	h, _ := play(t, &Keys{}, []chunk{{data: []byte("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10")}}, 0)
	if !slices.Equal(h.dark, []Reason{UnknownVersion}) {
		t.Errorf("SSL 2: dark %q", h.dark)
	}
}

func TestWrongKeysAreSaid(t *testing.T) {
	e := newEncoder(version12, 0xC02F)
	e.shake()
	for range 60 {
		e.talk()
	}
	keys := strings.ReplaceAll(e.keys.String(), "0707", "0808")
	h, f := play(t, keysOf(keys), e.chunks, 0)
	if !slices.Equal(h.dark, []Reason{WrongKeys}) || h.plain[0].Len()+h.plain[1].Len() > 0 || f.Failed != maxWrong {
		t.Errorf("dark %q, facts %+v", h.dark, f)
	}
}

// TestWaitingIsBounded: keys that come after MaxWaiting bytes are too late.
func TestWaitingIsBounded(t *testing.T) {
	e := newEncoder(version13, 0x1301)
	e.shake()
	for range 70 {
		e.say(1, longText(1<<14))
	}
	for _, size := range []int{0, 1460} {
		s, keys := &heard{}, &Keys{}
		l := NewTLS(keys, s)
		feedAll(l, e.chunks, size)
		if held := len(l.wait.data) + len(l.halves[0].buf) + len(l.halves[1].buf); held > MaxWaiting {
			t.Errorf("%d bytes wait", held)
		}
		if !slices.Equal(s.dark, []Reason{TooLate}) {
			t.Errorf("dark %q", s.dark)
		}
		keys.Add(e.keys.Bytes())
		l.Retry(epochStart)
		l.Close(epochStart)
		if len(s.dark) != 1 || s.plain[1].Len() > 0 || s.count(NoKeys) < 70 {
			t.Errorf("dark %q, %d bytes, %d records", s.dark, s.plain[1].Len(), len(s.records))
		}
	}
}

func TestFragmentedHandshake(t *testing.T) {
	for _, size := range []int{1, 3, 50, 1000} {
		e := newEncoder(version12, 0xC02F)
		e.shake()
		var cut []chunk
		for _, c := range e.chunks {
			if c.data[0] != typeHandshake || len(c.data) < 60 && len(cut) > 4 { // not the encrypted ones
				cut = append(cut, c)
				continue
			}
			for part := range slices.Chunk(c.data[headerLen:], size) {
				cut = append(cut, chunk{dir: c.dir, data: frameRecord(typeHandshake, version12, part)})
			}
		}
		n := len(e.chunks)
		e.talk()
		e.chunks = append(cut, e.chunks[n:]...)
		h, f := play(t, keysOf(e.keys.String()), e.chunks, 0)
		wantPlain(t, h, &e.tape)
		if len(f.Names) != 2 {
			t.Errorf("records of %d bytes: names %q", size, f.Names)
		}
	}
}

func TestHandshakeMessagesAreBounded(t *testing.T) {
	s := &heard{}
	l := NewTLS(&Keys{}, s)
	e := newEncoder(version12, 0xC02F)
	e.record(0, typeHandshake, e.clientHello())
	e.record(1, typeHandshake, e.serverHello())
	feedAll(l, e.chunks, 0)
	huge := []byte{msgCertificate, 0xFF, 0xFF, 0xFF}
	l.Write(1, epochStart, frameRecord(typeHandshake, version12, huge))
	for range 1100 { // 16 MiB, as announced
		l.Write(1, epochStart, frameRecord(typeHandshake, version12, make([]byte, 1<<14)))
	}
	if n := cap(l.halves[1].msgs.buf); n > maxMessage {
		t.Errorf("%d bytes of a message are kept", n)
	}
	if got := s.whats(capture.ServerToClient); !slices.Equal(got[:2], []string{"server hello", "certificate"}) {
		t.Errorf("records %q", got)
	}
}

func TestNamesAreBounded(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	for i := range 100 {
		template.DNSNames = append(template.DNSNames, fmt.Sprint("host", i, ".", strings.Repeat("x", 60)))
	}
	template.DNSNames[0] = strings.Repeat("x.", 1000)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	names := certificateNames(cert)
	if len(names) != maxNames || len(names[0]) != maxName || names[1] != template.DNSNames[1] {
		t.Errorf("%d names, the first of %d bytes", len(names), len(names[0]))
	}
}

// TestSearchIsBounded: records that never authenticate are not tried without end.
func TestSearchIsBounded(t *testing.T) {
	e := newEncoder(version13, 0x1301)
	e.shake()
	e.say(1, "a1 OK\r\n")
	s := &heard{}
	l := NewTLS(keysOf(e.keys.String()), s)
	when := feedAll(l, e.chunks, 0)
	l.Lost(capture.ServerToClient, when, 1)
	records := 0
	for ; len(s.dark) == 0 && records < 100; records++ {
		l.Write(capture.ServerToClient, when, frameRecord(typeApplicationData, version12, make([]byte, 1<<14)))
	}
	if !slices.Equal(s.dark, []Reason{TooMuchLost}) || records < 20 {
		t.Errorf("dark %q after %d records", s.dark, records)
	}
	if l.tried > MaxTried+maxRecord {
		t.Errorf("%d bytes were decrypted in vain", l.tried)
	}
}

// TestLossOfManyRecords: the place is found again if at most MaxAhead records are missing.
func TestLossOfManyRecords(t *testing.T) {
	for _, n := range []int{1, MaxAhead, MaxAhead + 1} {
		e := newEncoder(version12, 0xC02F)
		e.shake()
		e.say(1, "first\r\n")
		begin := len(e.chunks)
		for i := range n {
			e.say(1, fmt.Sprint("lost ", i, "\r\n"))
		}
		end := len(e.chunks)
		for i := range 2000 {
			e.say(1, fmt.Sprint("then ", i, "\r\n"))
		}
		s, _ := playLossy(t, &e.tape, drop(e.chunks, func(i int) bool { return i >= begin && i < end }))
		found := bytes.HasSuffix(s.plain[1].Bytes(), []byte("then 1999\r\n"))
		if found != (n <= MaxAhead) || !found && !slices.Equal(s.dark, []Reason{TooMuchLost}) {
			t.Errorf("%d lost: found %v, dark %q", n, found, s.dark)
		}
	}
}

// TestGarbageCostsLittle: what a search copies and tries grows with what it is sent, whatever
// that looks like.
func TestGarbageCostsLittle(t *testing.T) {
	shapes := map[string][]byte{
		"headers":           {23, 3, 3, 0, 1},
		"records between":   {20, 3, 3, 0, 1, 1, 99, 98, 97, 96, 95},
		"handshake headers": {22, 3, 3, 0x40, 0},
		"messages":          {22, 3, 3, 0x40, 0, 14, 0, 0, 0, 14, 0, 0, 0, 14, 0, 0, 0, 14, 0, 0, 0},
	}
	for name, shape := range shapes {
		for _, state := range []int{1, 2, 9} { // chunks of the session that were captured
			e := newEncoder(version13, 0x1301)
			e.shake()
			for _, keys := range []string{e.keys.String(), ""} {
				s := &nowhere{}
				l := NewTLS(keysOf(keys), s)
				when := feedAll(l, e.chunks[:min(state, len(e.chunks))], 0)
				l.Lost(capture.ClientToServer, when, 10)
				l.Write(capture.ClientToServer, when, bytes.Repeat(shape, 4<<20/len(shape)))
				l.Close(when)
				if l.tried > MaxTried+maxRecord || s.n > 0 {
					t.Errorf("%s: %d bytes were decrypted in vain, %d bytes of plaintext", name, l.tried, s.n)
				}
			}
		}
	}
}
