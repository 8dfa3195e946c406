// Any rejection of the backend as an `ApiError`, so that nothing else has to wonder what was thrown.
import type { ApiError } from '../ipc/bindings/ApiError';

export function failure(thrown: unknown): ApiError {
  if (isApiError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'failed', message, span: null, field: null };
}

function isApiError(thrown: unknown): thrown is ApiError {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown && 'span' in thrown;
}
