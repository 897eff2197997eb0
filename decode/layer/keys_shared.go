package layer

// SharedKeys are what several Keys have in common that are used at the same time, each for other
// connections of one capture: what key logs say is held once. The caller provides what this
// package does not have, a lock and an order.
type SharedKeys struct {
	keyTables
	lock  Locker
	parts []*Keys
}

// Locker is a lock, such as a *sync.Mutex.
type Locker interface {
	Lock()
	Unlock()
}

// NewSharedKeys returns empty SharedKeys. The lock is held for moments, and never while a turn is
// waited for.
func NewSharedKeys(lock Locker) *SharedKeys { return &SharedKeys{lock: lock} }

// Keys returns one of the Keys that share s. All are made before any of them is used. All of them
// are given the same text in the same calls of Add and AddBlock, and each finds what its own
// calls said, however far the others are.
//
// Before they use what connections have shown or hold, which sessions can be resumed and how many
// bytes wait, they call turn. It returns when everything that comes before in the capture was
// opened.
func (s *SharedKeys) Keys(turn func()) *Keys {
	k := &Keys{shared: s, turn: turn}
	s.parts = append(s.parts, k)
	return k
}

// read has f read a block into the tables, unless others that share them have done so.
func (k *Keys) read(f func(*keyTables)) {
	t := k.enter()
	defer k.leave()
	k.blocks++
	t.oldest = k.blocks
	if k.shared != nil {
		for _, other := range k.shared.parts {
			t.oldest = min(t.oldest, other.blocks)
		}
	}
	t.sessions.settle(t.oldest)
	t.rsa.settle(t.oldest)
	if k.blocks > t.blocks {
		t.blocks = k.blocks
		f(t)
	}
}

// enter returns the tables, which no others use until leave.
func (k *Keys) enter() *keyTables {
	if k.shared == nil {
		return &k.own
	}
	k.shared.lock.Lock()
	return &k.shared.keyTables
}

func (k *Keys) leave() {
	if k.shared != nil {
		k.shared.lock.Unlock()
	}
}

// ordered waits until everything that comes before in the capture was opened.
func (k *Keys) ordered() {
	if k.turn != nil {
		k.turn()
	}
}

// wait adds to the number of bytes that wait. As long as they are few, the order in which
// connections add to it has no effect.
func (k *Keys) wait(n int64) {
	k.orderedIfMany()
	t := k.enter()
	defer k.leave()
	t.waiting += n
}

// tooMany reports whether more than MaxWaitingAll bytes wait.
func (k *Keys) tooMany() bool { return k.orderedIfMany() > MaxWaitingAll }

// orderedIfMany returns how many bytes wait, and if they are many, those of all connections that
// come before in the capture.
func (k *Keys) orderedIfMany() int64 {
	t := k.enter()
	n := t.waiting
	k.leave()
	if n <= MaxWaitingAll/2 {
		return n
	}
	k.ordered()
	t = k.enter()
	defer k.leave()
	return t.waiting
}
