package musement

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestDecodeOrderRefuses: what is no order is an error.
func TestDecodeOrderRefuses(t *testing.T) {
	for body, want := range map[string]error{
		"": errNotObject, "[]": errNotObject, "{": wire.ErrNotJSON, "{}": errNoUUID, "\u00a0{\"uuid\":\"u\"}": wire.ErrNotJSON,
	} {
		if _, err := decodeOrder([]byte(body)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", body, err, want)
		}
	}
}

// TestSeedOrder decodes the seed's order and writes it again from the typed fields alone: whatever had no field would be
// missing.
func TestSeedOrder(t *testing.T) {
	text := fixture(t, "order-seed.json")
	o, err := decodeOrder([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(t, text), asJSON(t, string(again))); diff != "" {
		t.Errorf("members without a field (-sample +fields):\n%s", diff)
	}
	if string(o.Raw) != text {
		t.Error("Raw is not the order as it came")
	}
	item := o.Items[0]
	if got := item.Product.Date; got != "2022-05-01 10:15" || item.Product.ID != "4445102588" || item.Status != ItemCancellationError ||
		item.CancellationReason != ReasonRejectedScheduleChange || item.ErrorStatus == nil || !*item.ErrorStatus {
		t.Errorf("item %+v", item)
	}
	if got := o.Customer.ExtraCustomerData["1223356a-69a0-4c45-bf51-bd903820d210"].PhoneNumber.Text(); got != "1234567890" {
		t.Errorf("phone number %q", got)
	}
	if o.IsPaid != nil {
		t.Errorf("is_paid %v, want nil: the answer does not say", *o.IsPaid)
	}
	var extra struct {
		ClientReferenceID string `json:"clientReferenceId"`
	}
	if err := o.ExtraData.Decode(&extra); err != nil || extra.ClientReferenceID != "12345678" {
		t.Errorf("extra data %+v, %v", extra, err)
	}
}

func TestUnknownMembersAreKept(t *testing.T) {
	o, err := decodeOrder([]byte(`{"uuid":"u","brand_new":{"a":[1]},"items":[{"uuid":"i","newer":0.10}]}`))
	if err != nil || !strings.Contains(string(o.Raw), `"brand_new":{"a":[1]}`) || !strings.Contains(string(o.Raw), `"newer":0.10`) {
		t.Errorf("%s, %v", o.Raw, err)
	}
}

func TestNumbersSurvive(t *testing.T) {
	for token, want := range map[string]string{
		`0.1`: "0.1", `1e2`: "100", `123456789012345.67`: "123456789012345.67", `10`: "10", `50.0`: "50.0",
		`"30.20"`: "30.20", `221.92000000000002`: "221.92000000000002",
	} {
		o, err := decodeOrder([]byte(`{"uuid":"u","total_price":{"currency":"XTS","value":` + token + `},"promo_codes":[{"discount":` + token + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		total, err := o.Total()
		if err != nil || total.Decimal().StringFixed(max(-total.Decimal().Exponent(), 0)) != want {
			t.Errorf("%s: total %v, %v", token, total, err)
		}
		if got, err := json.Marshal(o.PromoCodes[0]); err != nil || string(got) != `{"discount":`+token+`}` {
			t.Errorf("%s written again: %s, %v", token, got, err)
		}
	}
	for _, token := range []string{`1e1000000000`, `"NaN"`, `null`, `{}`, `-1`, `"` + strings.Repeat("9", 10_000) + `"`} {
		o, err := decodeOrder([]byte(`{"uuid":"u","total_price":{"currency":"USD","value":` + token + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		var e *payment.Error
		if m, err := o.Total(); !errors.As(err, &e) || e.Outcome != payment.Unknown {
			t.Errorf("%.20s: %v, %v, want an error", token, m, err)
		}
	}
}

// TestSpellings reads the members that come under two names, as three states.
func TestSpellings(t *testing.T) {
	for text, want := range map[string]*bool{
		``: nil, `,"is_paid":true`: ptr(true), `,"isPaid":true`: ptr(true), `,"is_paid":false`: ptr(false), `,"isPaid":false`: ptr(false),
		`,"is_paid":null`: nil, `,"is_paid":"true"`: ptr(true), `,"is_paid":[]`: nil, `,"is_paid":true,"isPaid":true`: ptr(true),
		`,"is_paid":true,"isPaid":false`: nil,
	} {
		o, err := decodeOrder([]byte(`{"uuid":"u"` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, o.IsPaid); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	o, err := decodeOrder([]byte(`{"uuid":"u","isAgency":true,"extraData":"{\"a\":1}","items":[{"is_error_status":"true"},{"error_status":false}]}`))
	if err != nil || o.IsAgency == nil || !*o.IsAgency || o.ExtraData != `{"a":1}` || o.Items[0].ErrorStatus == nil ||
		!*o.Items[0].ErrorStatus || o.Items[1].ErrorStatus == nil || *o.Items[1].ErrorStatus {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestOddShapes: what is of another type than documented is left out, and loses nothing else.
func TestOddShapes(t *testing.T) {
	o, err := decodeOrder([]byte(`{"uuid":"u","customer":{"extra_customer_data":[],"email":7,"id":"12"},"items":{},"promo_codes":{},
		"extra_data":{"a":"b"},"date":17,"total_price":"10","affiliate":[],
		"status":"PENDING"}`))
	if err != nil || o.Status != OrderPending || o.ExtraData != `{"a":"b"}` || o.Customer.ID.Text() != "12" || o.Customer.ExtraCustomerData != nil {
		t.Errorf("%+v, %v", o, err)
	}
	items, err := decodeOrder([]byte(`{"uuid":"u","items":[{"quantity":"2","product":{"id":4445102588}},{"quantity":2.0,"extra_customer_data":{}},{"quantity":2.5}]}`))
	if err != nil || items.Items[0].Quantity != 2 || items.Items[1].Quantity != 2 || items.Items[2].Quantity != 0 || items.Items[0].Product.ID != "4445102588" {
		t.Errorf("%+v, %v", items.Items, err)
	}
	for _, body := range []string{``, `null`, `[]`, `"x"`, `{}`, `{"uuid":""}`, `{"uuid":7}`, `{"uuid":"u"`, `<html>`} {
		if o, err := decodeOrder([]byte(body)); err == nil {
			t.Errorf("%q decoded to %+v", body, o)
		}
	}
}

func TestExtraData(t *testing.T) {
	d, err := NewExtraData(map[string]string{"clientReferenceId": "12345678"})
	if err != nil || d != `{"clientReferenceId":"12345678"}` {
		t.Errorf("%q, %v", d, err)
	}
	for _, v := range []any{7, "x", []int{1}, nil, func() {}} {
		if d, err := NewExtraData(v); !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("NewExtraData(%T) = %q, %v", v, d, err)
		}
	}
	var m map[string]any
	if err := ExtraData(`{"n":123456789012345.67}`).Decode(&m); err != nil || m["n"] != json.Number("123456789012345.67") {
		t.Errorf("%v, %v", m, err)
	}
	for _, bad := range []ExtraData{"{", "{} {}", "x"} {
		if err := bad.Decode(&m); err == nil {
			t.Errorf("%q decoded", bad)
		}
	}
	if err := ExtraData("").Decode(&m); err != nil {
		t.Errorf("no extra data: %v", err)
	}
}
