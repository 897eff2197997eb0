package layer

import (
	"bytes"
	"slices"
)

// keyTables are the tables of Keys.
type keyTables struct {
	sessions sessionTable[[32]byte, session]
	rsa      sessionTable[[8]byte, *secret] // premaster secrets by their encrypted form
	origins  sessionTable[origin, [32]byte]
	rest     []byte // an unfinished line
	tooLong  bool   // rest is a line over maxKeyLine, and not kept
	waiting  int64  // bytes of all connections that wait for keys

	blocks uint64 // that were read
	oldest uint64 // of the Keys that are the furthest behind: how many they have read
}

// secret is a secret of up to 48 bytes, a master secret or a hash of SHA-384, and the block that
// it came with. It does not change: Keys that have not read that block find the one before.
type secret struct {
	value  []byte
	block  uint64
	before *secret // nil once no Keys find it
}

// set sets a secret, and reports whether there was none.
func (t *keyTables) set(p **secret, value []byte) bool {
	last := *p
	if last != nil && bytes.Equal(last.value, value) {
		return false
	}
	for s := last; s != nil; s = s.before {
		if s.block <= t.oldest {
			s.before = nil
		}
	}
	*p = &secret{value, t.blocks, last}
	if t.blocks <= t.oldest {
		(*p).before = nil
	}
	return last == nil
}

// as returns the secret as it was after so many blocks; nil if there was none.
func (s *secret) as(blocks uint64) []byte {
	for ; s != nil; s = s.before {
		if s.block <= blocks {
			return s.value
		}
	}
	return nil
}

// sessionTable is a map of at most MaxSessions rows, which forgets the oldest. The zero
// table is empty.
type sessionTable[K comparable, V any] struct {
	rows  map[K]*V
	order []K // a ring once it is full
	next  int // the oldest of a full ring

	forgotten []forgotten[K, V] // which Keys that are behind still find, the oldest first
}

// forgotten is a row that is not in the table since a block was read.
type forgotten[K comparable, V any] struct {
	key   K
	row   *V
	block uint64
}

// insert returns the row of a key, a new one if there is none. It happens in a block; some Keys
// have read only the oldest.
func (t *sessionTable[K, V]) insert(key K, block, oldest uint64) *V {
	if v := t.rows[key]; v != nil {
		return v
	}
	if t.rows == nil {
		t.rows = map[K]*V{}
	}
	if len(t.order) < MaxSessions {
		t.order = append(t.order, key)
	} else {
		out := t.order[t.next]
		if block > oldest {
			t.forgotten = append(t.forgotten, forgotten[K, V]{out, t.rows[out], block})
		}
		delete(t.rows, out)
		t.order[t.next] = key
		t.next = (t.next + 1) % MaxSessions
	}
	v := new(V)
	t.rows[key] = v
	return v
}

// find returns the row of a key as the table was after so many blocks, though perhaps with what
// came into the row later; nil if there was none.
func (t *sessionTable[K, V]) find(key K, blocks uint64) *V {
	for i := range t.forgotten {
		if f := &t.forgotten[i]; f.block > blocks && f.key == key {
			return f.row
		}
	}
	return t.rows[key]
}

// settle drops what was forgotten and no Keys find any more: all have read the oldest block.
func (t *sessionTable[K, V]) settle(oldest uint64) {
	n := 0
	for n < len(t.forgotten) && t.forgotten[n].block <= oldest {
		n++
	}
	t.forgotten = slices.Delete(t.forgotten, 0, n)
}
