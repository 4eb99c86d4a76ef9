-- The privileges of a role that pays and does not migrate. Put your schema in place of public, and your role in place of
-- supplierpay_service. DELETE is for Prune and PruneEvents alone.
GRANT USAGE ON SCHEMA public TO supplierpay_service;
GRANT SELECT ON public.supplierpay_schema TO supplierpay_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.supplierpay_attempts TO supplierpay_service;
GRANT SELECT, INSERT, DELETE ON public.supplierpay_events TO supplierpay_service;
