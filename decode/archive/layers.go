package archive

import (
	"cmp"
	"fmt"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/layer"
)

// layer keeps what was reported about a layer.
func (a *Archive) layer(c *conn, e decode.Event) {
	x, l, at := a.coder(c), c.beneath(), c.here()
	kd := recordEntry
	switch e := e.(type) {
	case *decode.Upgrade:
		if c.info.Upgraded = e.To; l.wire == 0 {
			l.wire = e.To
		}
		kd, l.layers = upgradeEntry, append(l.layers, at)
		x.upgrade(e)
	case *decode.Secured:
		c.info.TLS = e.Facts.Version
		kd, l.layers = securedEntry, append(l.layers, at)
		x.secured(e)
	case *decode.Dark:
		c.info.Dark = e.Of
		kd, l.layers = darkEntry, append(l.layers, at)
		x.dark(e)
	case *decode.Record:
		c.info.Records++
		l.records = append(l.records, at)
		l.count(e)
		x.record(e)
	}
	c.add(kd, x.b, a.spool)
}

// unopened returns the layer that no plaintext has come out of, or 0. The archive is locked.
func (c *conn) unopened() decode.UpgradeTo {
	of := c.info.Dark
	if of == 0 {
		of = c.info.Upgraded
	}
	if slices.ContainsFunc(c.under().sums, func(s decode.LayerCount) bool { return s.Of == of && s.Out != [2]int64{} }) {
		return 0
	}
	return of
}

// carried returns whether a connection has layers, and the one that is unopened.
func (r *Reader) carried(c *conn) (layered bool, raw decode.UpgradeTo) {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	return c.under().wire != 0, c.unopened()
}

// Record returns the nth record of a connection's layers, the first is 0; n is below
// Conn.Records.
func (r *Reader) Record(id capture.ConnID, n int) (decode.Record, error) {
	c, at, err := r.recordAt(id, n)
	if err != nil {
		return decode.Record{}, err
	}
	e, err := r.eventAt(c, at)
	if rec, ok := e.(*decode.Record); ok && err == nil {
		return *rec, nil
	}
	return decode.Record{}, fmt.Errorf("record %d of connection %d: %w", n, id, cmp.Or(err, errBroken))
}

func (r *Reader) recordAt(id capture.ConnID, n int) (*conn, place, error) {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	c := r.a.conn(id)
	if c == nil || n < 0 || n >= len(c.under().records) {
		return nil, place{}, fmt.Errorf("connection %d has no record %d", id, n)
	}
	r.names = r.a.names.list
	return c, c.under().records[n], nil
}

func (c *coder) record(e *decode.Record) {
	c.flags(e.Dir == capture.ServerToClient)
	c.uint(uint64(e.Of))
	c.uint(uint64(e.In))
	c.time(e.Time)
	for _, n := range []int64{e.Off, e.Len, e.Plain, e.N} {
		c.uint(uint64(n))
	}
	c.b = append(c.b, e.Type)
	c.name(e.What)
	c.name(string(e.Fault))
}

func (d *decoder) record() *decode.Record {
	e := new(decode.Record)
	e.Dir = capture.Direction(d.byte() & 1)
	e.Of, e.In, e.Time = d.upgradeTo(), d.upgradeTo(), d.time()
	for _, n := range []*int64{&e.Off, &e.Len, &e.Plain, &e.N} {
		*n = int64(d.uint())
	}
	e.Type, e.What, e.Fault = d.byte(), d.name(), layer.Fault(d.name())
	return e
}

func (c *coder) dark(e *decode.Dark) {
	c.uint(uint64(e.Of))
	c.time(e.Time)
	c.name(string(e.Why))
}

func (d *decoder) dark() *decode.Dark {
	return &decode.Dark{Of: d.upgradeTo(), Time: d.time(), Why: layer.Reason(d.name())}
}

func (c *coder) secured(e *decode.Secured) {
	f := &e.Facts
	c.flags(f.Resumed, f.Early, f.Opened)
	c.time(e.Time)
	c.time(f.From)
	c.time(f.Until)
	for _, s := range []string{f.Version, f.Suite, f.SNI, f.ALPN, f.Alert, f.Offered} {
		c.text(s)
	}
	for _, list := range [][]string{f.Names, f.KeyIDs} {
		c.uint(uint64(len(list)))
		for _, s := range list {
			c.text(s)
		}
	}
	for _, n := range []int{f.Records[0], f.Records[1], f.Failed} {
		c.uint(uint64(n))
	}
}

func (d *decoder) secured() *decode.Secured {
	e := new(decode.Secured)
	f, flags := &e.Facts, d.byte()
	f.Resumed, f.Early, f.Opened = flags&1 != 0, flags&2 != 0, flags&4 != 0
	e.Time = d.time()
	f.From, f.Until = d.time(), d.time()
	for _, s := range []*string{&f.Version, &f.Suite, &f.SNI, &f.ALPN, &f.Alert, &f.Offered} {
		*s = d.text()
	}
	for _, list := range []*[]string{&f.Names, &f.KeyIDs} {
		for range d.count() {
			*list = append(*list, d.text())
		}
	}
	for _, n := range []*int{&f.Records[0], &f.Records[1], &f.Failed} {
		*n = int(d.uint())
	}
	return e
}

func (c *coder) layerCounts(list []decode.LayerCount) {
	c.uint(uint64(len(list)))
	for i := range list {
		x := &list[i]
		c.uint(uint64(x.Of))
		for dir := range x.In {
			c.uint(uint64(x.In[dir]))
			c.uint(uint64(x.Out[dir]))
			c.uint(uint64(x.Records[dir]))
		}
		c.uint(uint64(x.Faults))
	}
}

func (d *decoder) layerCounts() []decode.LayerCount {
	var list []decode.LayerCount
	for range d.count() {
		x := decode.LayerCount{Of: d.upgradeTo()}
		for dir := range x.In {
			x.In[dir], x.Out[dir], x.Records[dir] = int64(d.uint()), int64(d.uint()), int(d.uint())
		}
		x.Faults = int(d.uint())
		list = append(list, x)
	}
	return list
}
