package archive

import (
	"os"
	"unsafe"
)

// NewSmall returns an archive whose pages and buffers are small, so that little is enough
// to fill them.
func NewSmall(o Options, page, buffer, block int) (*Archive, error) {
	s, err := newSpool(o.Dir, o.MaxSpool)
	if err != nil {
		return nil, err
	}
	s.sizes = sizes{page: page, buffer: buffer, block: block}
	return newArchive(o, s), nil
}

// File is what the spool lies in.
type File = file

// NewIn returns an archive whose spool lies in f, with small buffers.
func NewIn(o Options, f File) *Archive {
	return newArchive(o, &spool{f: f, max: o.MaxSpool, sizes: sizes{page: 256, buffer: 512, block: 128}})
}

// SpoolFile returns the file of an archive made by New.
func SpoolFile(a *Archive) *os.File { return a.spool.f.(*os.File) }

// RowSize is how many bytes a row takes.
const RowSize = unsafe.Sizeof(row{})
