package copy

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Format of the data.
type Format uint8

const (
	Text Format = iota
	CSV
	Binary
)

// Header says what the first line is.
type Header uint8

const (
	NoHeader Header = iota
	SkipHeader
	MatchHeader
)

// Options of COPY. The lists hold a flag for each column of the data; a nil
// list is none.
type Options struct {
	Format       Format
	Header       Header
	Delimiter    byte
	Null         string
	Quote        byte
	Escape       byte
	ForceQuote   []bool
	ForceNotNull []bool
	ForceNull    []bool
}

// Written are the options as the statement has them; nil and zero: not written.
type Written struct {
	Format                                  string
	Delimiter, Null, Quote, Escape          *string
	Header                                  Header
	ForceQuote, ForceNotNull, ForceNull     []string
	ForceQuoteAll                           bool
	HasForceQuote, HasForceNotNull, HasNull bool
}

func only(mode string, what string) error {
	return pgerr.Newf(pgerr.FeatureNotSupported, "COPY %s available only in %s mode", what, mode)
}

// Resolve checks the options and fills in defaults. names are the data's
// columns; from tells COPY FROM.
func Resolve(w *Written, names []string, from bool) (*Options, error) {
	o := &Options{Header: w.Header}
	switch w.Format {
	case "", "text":
		o.Delimiter, o.Null = '\t', `\N`
	case "csv":
		o.Format, o.Delimiter, o.Quote = CSV, ',', '"'
	case "binary":
		o.Format = Binary
		if err := refuseBinary(w); err != nil {
			return nil, err
		}
		return o, nil
	default:
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, "COPY format \"%s\" not recognized", w.Format)
	}
	if w.Delimiter != nil {
		if len(*w.Delimiter) != 1 {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "COPY delimiter must be a single one-byte character")
		}
		o.Delimiter = (*w.Delimiter)[0]
	}
	if o.Delimiter == '\r' || o.Delimiter == '\n' {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
	}
	if w.Null != nil {
		o.Null = *w.Null
	}
	if strings.ContainsAny(o.Null, "\r\n") {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "COPY null representation cannot use newline or carriage return")
	}
	if o.Format == Text && strings.IndexByte(`\.abcdefghijklmnopqrstuvwxyz0123456789`, o.Delimiter) >= 0 {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, "COPY delimiter cannot be \"%c\"", o.Delimiter)
	}
	if err := o.resolveCSV(w, names, from); err != nil {
		return nil, err
	}
	if strings.IndexByte(o.Null, o.Delimiter) >= 0 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "COPY delimiter must not appear in the NULL specification")
	}
	if o.Format == CSV && strings.IndexByte(o.Null, o.Quote) >= 0 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "CSV quote character must not appear in the NULL specification")
	}
	return o, nil
}

func refuseBinary(w *Written) error {
	switch {
	case w.Delimiter != nil:
		return pgerr.New(pgerr.SyntaxError, "cannot specify DELIMITER in BINARY mode")
	case w.Null != nil:
		return pgerr.New(pgerr.SyntaxError, "cannot specify NULL in BINARY mode")
	case w.Header != NoHeader:
		return pgerr.New(pgerr.FeatureNotSupported, "cannot specify HEADER in BINARY mode")
	case w.Quote != nil:
		return only("CSV", "quote")
	case w.Escape != nil:
		return only("CSV", "escape")
	}
	return nil
}

func (o *Options) resolveCSV(w *Written, names []string, from bool) (err error) {
	csv := o.Format == CSV
	switch {
	case !csv && w.Quote != nil:
		return only("CSV", "quote")
	case !csv && w.Escape != nil:
		return only("CSV", "escape")
	case !csv && w.HasForceQuote:
		return only("CSV", "force quote")
	case w.HasForceQuote && from:
		return pgerr.New(pgerr.FeatureNotSupported, "COPY force quote only available using COPY TO")
	case !csv && w.HasForceNotNull:
		return only("CSV", "force not null")
	case w.HasForceNotNull && !from:
		return pgerr.New(pgerr.FeatureNotSupported, "COPY force not null only available using COPY FROM")
	case !csv && w.HasNull:
		return only("CSV", "force null")
	case w.HasNull && !from:
		return pgerr.New(pgerr.FeatureNotSupported, "COPY force null only available using COPY FROM")
	case !csv:
		return nil
	}
	if w.Quote != nil {
		if len(*w.Quote) != 1 {
			return pgerr.New(pgerr.FeatureNotSupported, "COPY quote must be a single one-byte character")
		}
		o.Quote = (*w.Quote)[0]
	}
	if o.Quote == o.Delimiter {
		return pgerr.New(pgerr.InvalidParameterValue, "COPY delimiter and quote must be different")
	}
	o.Escape = o.Quote
	if w.Escape != nil {
		if len(*w.Escape) != 1 {
			return pgerr.New(pgerr.FeatureNotSupported, "COPY escape must be a single one-byte character")
		}
		o.Escape = (*w.Escape)[0]
	}
	if w.HasForceQuote {
		if o.ForceQuote, err = flags(w.ForceQuote, names, "FORCE_QUOTE"); err != nil {
			return err
		}
		for i := range o.ForceQuote {
			o.ForceQuote[i] = o.ForceQuote[i] || w.ForceQuoteAll
		}
	}
	if w.HasForceNotNull {
		if o.ForceNotNull, err = flags(w.ForceNotNull, names, "FORCE_NOT_NULL"); err != nil {
			return err
		}
	}
	if w.HasNull {
		o.ForceNull, err = flags(w.ForceNull, names, "FORCE_NULL")
	}
	return err
}

func flags(list, names []string, option string) ([]bool, error) {
	out := make([]bool, len(names))
	for _, n := range list {
		found := false
		for i := range names {
			if names[i] == n {
				out[i], found = true, true
			}
		}
		if !found {
			return nil, pgerr.Newf(pgerr.InvalidColumnReference, "%s column \"%s\" not referenced by COPY", option, n)
		}
	}
	return out, nil
}
