package travelport

import (
	"context"
	"net/http"
	"net/url"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// FormOfPaymentResponse is the answer to AddFormOfPayment and UpdateFormOfPayment. What it says of the form of payment is
// not always what Travelport stored: read the workbench before paying with it.
type FormOfPaymentResponse struct {
	Response
	FormOfPayment *FormOfPaymentIdentifier `json:"FormOfPayment,omitempty"`
}

// AddFormOfPaymentParams are the optional parameters of AddFormOfPayment.
type AddFormOfPaymentParams struct {
	// AuthorizePaymentInd has a card approved now, which puts a hold on it: the only thing that outlives a workbench that is
	// discarded.
	AuthorizePaymentInd *bool
}

const (
	fopsRoute = "/air/payment/reservationworkbench/{workbenchID}/formofpayment"
	fopRoute  = fopsRoute + "/{formOfPaymentID}"
)

// AddFormOfPayment adds a form of payment to the workbench (POST .../formofpayment). It charges nothing: a payment must
// refer to it, and the workbench be committed. It is sent once; after an error of outcome Unknown read the workbench
// before adding it again. params may be nil.
func (w *Workbench) AddFormOfPayment(ctx context.Context, f FormOfPayment, params *AddFormOfPaymentParams) (FormOfPaymentResponse, error) {
	q := url.Values{}
	if params != nil {
		setBool(q, "authorizePaymentInd", params.AuthorizePaymentInd)
	}
	resp, err := w.sendFormOfPayment(ctx, "AddFormOfPayment", http.MethodPost, fopsRoute, f, q)
	return resp, ours(err, "AddFormOfPayment")
}

// UpdateFormOfPayment replaces the form of payment with the same ID (PUT .../formofpayment/{id}). The answer may be empty.
func (w *Workbench) UpdateFormOfPayment(ctx context.Context, f FormOfPayment) (FormOfPaymentResponse, error) {
	resp, err := w.sendFormOfPayment(ctx, "UpdateFormOfPayment", http.MethodPut, fopRoute, f, nil, f.ID)
	return resp, ours(err, "UpdateFormOfPayment")
}

func (w *Workbench) sendFormOfPayment(ctx context.Context, name, method, route string, f FormOfPayment, q url.Values, id ...string) (FormOfPaymentResponse, error) {
	f, err := f.filled()
	if err != nil {
		return FormOfPaymentResponse{}, err
	}
	body, err := w.client.encode(BodyFormOfPayment, string(f.Type), toWire(f))
	if err != nil {
		return FormOfPaymentResponse{}, err
	}
	path := append([]string{"payment", "reservationworkbench", w.ID, "formofpayment"}, id...)
	op, err := w.operation(call.Write, name, method, route, path...)
	if err != nil {
		return FormOfPaymentResponse{}, err
	}
	op.Query, op.Body, op.Secrets = q, body, f.secrets()
	var resp FormOfPaymentResponse
	_, err = w.client.calls.Do(ctx, op, func(a *call.Answer) error {
		if method == http.MethodPut && len(a.Body) == 0 {
			return nil
		}
		var err error
		resp, err = decodeFormOfPayment(a)
		return err
	})
	if err != nil {
		return FormOfPaymentResponse{}, err
	}
	return resp, nil
}

func decodeFormOfPayment(a *call.Answer) (FormOfPaymentResponse, error) {
	var resp FormOfPaymentResponse
	raw, err := open(a, "FormOfPaymentResponse", payment.Refused)
	if err != nil {
		return resp, err
	}
	if err := wire.UnmarshalLenient(raw, &resp); err != nil {
		return resp, err
	}
	if resp.FormOfPayment == nil {
		return resp, errNoIdentifier
	}
	resp.RequestID = requestID(a)
	return resp, nil
}

// DeleteFormOfPayment takes a form of payment out of the workbench (DELETE .../formofpayment/{id}), by its own ID.
func (w *Workbench) DeleteFormOfPayment(ctx context.Context, id string) error {
	if err := checkID("FormOfPayment.ID", id); err != nil {
		return ours(err, "DeleteFormOfPayment")
	}
	op, err := w.operation(call.Write, "DeleteFormOfPayment", http.MethodDelete, fopRoute,
		"payment", "reservationworkbench", w.ID, "formofpayment", id)
	if err != nil {
		return ours(err, "DeleteFormOfPayment")
	}
	_, err = w.client.calls.Do(ctx, op, done)
	return err
}
