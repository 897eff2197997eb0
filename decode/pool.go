package decode

import (
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// Pool is memory that Decoders share that run in one goroutine: each needs most of it
// only from one Write to its Release, so a few messages serve thousands of connections,
// and stay in the processor's cache. The zero value is ready to use.
type Pool struct {
	buffers  wire.Pool
	messages []*Message
	txns     []*Transaction
	batches  []*batch
	in       session.Input // scratch of Decoder.feed
}

// batch is what a Decoder reports of one call, and what Release takes back.
type batch struct {
	events   []Event
	messages []*Message // those in events
	done     []*Transaction
}

// What a Pool keeps for later.
const (
	spareMessages = 256
	spareTxns     = 64
	spareBatches  = 8
	spareLits     = 64
	spareRequest  = 4 << 10 // bytes of a transaction's request
)

// Buffers returns the part of the pool that framers use.
func (p *Pool) Buffers() *wire.Pool { return &p.buffers }

// message returns an empty Message.
func (p *Pool) message() *Message {
	n := len(p.messages)
	if n == 0 {
		return new(Message)
	}
	m := p.messages[n-1]
	p.messages = p.messages[:n-1]
	return m
}

// putMessage takes back a Message that is not used any more.
func (p *Pool) putMessage(m *Message) {
	if m.own != nil {
		p.buffers.Put(m.own)
	}
	m.release()
	if len(p.messages) < spareMessages {
		p.messages = append(p.messages, m)
	}
}

// transaction returns an empty Transaction with a number.
func (p *Pool) transaction(number int) *Transaction {
	n := len(p.txns)
	if n == 0 {
		return &Transaction{N: number}
	}
	t := p.txns[n-1]
	p.txns = p.txns[:n-1]
	*t = Transaction{N: number, Data: t.Data[:0], Literals: t.Literals[:0], Secrets: t.Secrets[:0], reqBuf: t.reqBuf[:0], reqLits: t.reqLits[:0]}
	return t
}

// putTransaction takes back a Transaction that is not used any more.
func (p *Pool) putTransaction(t *Transaction) {
	if len(p.txns) < spareTxns && cap(t.reqBuf) <= spareRequest && cap(t.Literals) <= spareLits {
		p.txns = append(p.txns, t)
	}
}

// batch returns an empty batch.
func (p *Pool) batch() *batch {
	n := len(p.batches)
	if n == 0 {
		return new(batch)
	}
	b := p.batches[n-1]
	p.batches = p.batches[:n-1]
	return b
}

// putBatch takes back a batch whose events are not used any more, and all that is in it.
func (p *Pool) putBatch(b *batch) {
	for _, m := range b.messages {
		p.putMessage(m)
	}
	for _, t := range b.done {
		p.putTransaction(t)
	}
	if cap(b.events) > spareMessages || len(p.batches) == spareBatches {
		return
	}
	clear(b.events)
	clear(b.done)
	b.events, b.messages, b.done = b.events[:0], b.messages[:0], b.done[:0]
	p.batches = append(p.batches, b)
}
