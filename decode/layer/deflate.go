package layer

const MaxInflateWrite = 1024

type Deflate struct{ TLS }

func NewDeflate(sink Sink) *Deflate { return &Deflate{TLS{sink: sink}} }
