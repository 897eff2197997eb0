package exercise

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"imapscope/capture/pcap"
	"imapscope/samples/server"
	"imapscope/samples/stage"
)

// Options configures an exercise.
type Options struct {
	Seed   uint64
	Number int    // of the exercise within its seed, from 1; 0 means 1
	Kind   string // of the fault; chosen by the seed if empty
	Level  int    // of the kinds that the seed chooses from; 0: of any level
	File   string // name of the recording in the key; by default Number, as in "01.pcapng"
}

// An Exercise is a recording and its answer key.
type Exercise struct {
	Recording []byte // pcapng
	Key       Key
}

// variations is the number of attempts for a seed. Few seeds need more than two.
const variations = 100

// users are the users with mail, and their passwords.
var users = map[string]string{
	"fred": "secret", "wilma": "pebble", "barney": "granite", "betty": "bowling", "dino": "woof", "gazoo": "saucer", "mrslate": "quarry7",
}

func newServer() (*server.Server, error) { return server.New(server.Options{Users: users}) }

// Make makes an exercise. It fails if the kind is unknown, or if the fault is not found where it
// was planted, which is not known to happen with any seed.
func Make(o Options) (*Exercise, error) {
	o.Number = max(o.Number, 1)
	if o.File == "" {
		o.File = fmt.Sprintf("%02d.pcapng", o.Number)
	}
	kind, err := o.kind()
	if err != nil {
		return nil, err
	}
	var why error
	for v := range variations {
		x, err := o.try(kind, uint64(v))
		if err == nil {
			return x, nil
		}
		var j *judgement
		if !errors.As(err, &j) {
			return nil, err
		}
		why = err
	}
	return nil, fmt.Errorf("no exercise with the fault %s for seed %d: %w", kind.Name, o.Seed, why)
}

// kind returns the requested kind, or the one that the seed determines for this number: all
// kinds are used before one is repeated.
func (o *Options) kind() (Kind, error) {
	if o.Kind != "" {
		return Lookup(o.Kind)
	}
	kinds := ofLevel(o.Level)
	if len(kinds) == 0 {
		return Kind{}, fmt.Errorf("no kinds of fault of level %d", o.Level)
	}
	round, at := (o.Number-1)/len(kinds), (o.Number-1)%len(kinds)
	order := rand.New(rand.NewPCG(o.Seed, uint64(round))).Perm(len(kinds))
	return kinds[order[at]], nil
}

// play is what is put on the stage.
type play struct {
	rand    *rand.Rand
	start   time.Time
	clients []*stage.Client
	faulty  *author
}

// try makes one variation. The error is a *judgement if the variation is unsuitable.
func (o *Options) try(kind Kind, variation uint64) (*Exercise, error) {
	name := fnv.New64a()
	name.Write([]byte(kind.Name))
	p := &play{rand: rand.New(rand.NewPCG(o.Seed, name.Sum64()^uint64(o.Number)<<32^variation))}
	p.start = time.Date(1991, 5, 13, 8, 0, 0, 0, time.UTC).Add(time.Duration(p.rand.IntN(8*60*60*1000)) * time.Millisecond)
	if err := p.write(kind); err != nil {
		return nil, err
	}
	recording, err := p.record()
	if err != nil {
		return nil, err
	}
	seen, err := read(recording)
	if err != nil {
		return nil, err
	}
	found, err := seen.judge(kind, p.faulty)
	if err != nil {
		return nil, err
	}
	x := &Exercise{Recording: recording, Key: seen.key(kind, p.faulty, found)}
	x.Key.File, x.Key.Seed, x.Key.Number = o.File, o.Seed, o.Number
	return x, nil
}

// write writes several clients, one of them with the fault.
func (p *play) write(kind Kind) error {
	names := make([]string, 0, len(users))
	for name := range users {
		names = append(names, name)
	}
	slices.Sort(names)
	p.rand.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	names = names[:3+p.rand.IntN(3)]
	which := p.rand.IntN(len(names))
	for i, name := range names {
		c := &stage.Client{
			Addr:   netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, byte(11 + p.rand.IntN(60)*4 + i%4)}), uint16(32768+p.rand.IntN(28000))),
			Server: netip.MustParseAddrPort("127.0.0.1:143"),
			After:  time.Duration(p.rand.IntN(20_000)) * time.Millisecond,
		}
		p.clients = append(p.clients, c)
		a, err := newAuthor(p.rand, name, c)
		if err != nil {
			return err
		}
		if i == which {
			p.faulty = a
			a.session(&kind)
		} else {
			a.session(nil)
		}
	}
	// Some get mail while they are connected.
	for i, c := range p.clients {
		if i != which && p.rand.IntN(3) == 0 {
			c.Commands[2+p.rand.IntN(len(c.Commands)-2)].Deliver = []stage.Delivery{{User: names[i], Mbox: []byte(news)}}
		}
	}
	return nil
}

// news returns a message that arrives.
const news = `From gazoo@far.example Mon May 13 16:00:00 1991
Date: Mon, 13 May 91 16:00:00 -0700
From: Gazoo <gazoo@far.example>
Subject: back on Tuesday
Message-ID: <far.2@far.example>

Do not wait for me.
`

// session writes a session, with a fault of some kind if there is one.
func (a *author) session(k *Kind) {
	plant := func(when phase) bool {
		if k == nil || k.when != when {
			return false
		}
		k.plant(a)
		return true
	}
	before := len(a.client.Commands)
	plant(greeting)
	if len(a.client.Commands) == before {
		plant(entrance)
		a.login()
	}
	plant(hall)
	a.open(a.pick("INBOX", "INBOX", "archive", "lists"))
	a.scenes(1 + a.rand.IntN(5))
	plant(middle)
	a.scenes(1 + a.rand.IntN(4))
	if !plant(exit) {
		a.say("LOGOUT")
	}
}

// record plays it.
func (p *play) record() ([]byte, error) {
	mail, err := newServer()
	if err != nil {
		return nil, err
	}
	var made bytes.Buffer
	rec, err := pcap.NewRecorder(&made, pcap.RecorderOptions{Comment: "an exercise: there is one fault in it"})
	if err != nil {
		return nil, err
	}
	s := stage.New(stage.Options{Start: p.start, RoundTrip: time.Duration(1+p.rand.IntN(30)) * time.Millisecond, Jitter: p.rand}, rec)
	script := &stage.Script{Name: "exercise"}
	for _, c := range p.clients {
		script.Clients = append(script.Clients, *c)
	}
	if err := s.Add(mail, script); err != nil {
		return nil, err
	}
	if err := s.Run(); err != nil {
		return nil, err
	}
	return made.Bytes(), rec.Finish(s.Now())
}

// A judgement is the reason why a variation is unsuitable.
type judgement struct{ why []string }

func (j *judgement) Error() string { return strings.Join(j.why, "; ") }
