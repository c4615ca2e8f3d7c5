/** What the server does for each request that was found in order. */
import { ApiError, answerEmpty, answerJson, bodyJson, type Call, Cut } from "./api.ts";
import { sendBare, takeBare } from "./bare.ts";
import { composeObject, rewriteObject } from "./copies.ts";
import { sendObject } from "./downloads.ts";
import { encodeToken, listPage, listQuery } from "./listing.ts";
import { checkPreconditions, type ObjectStore } from "./objects.ts";
import type { SignIn } from "./sign-in.ts";
import { checkSignedUrl } from "./signed-urls.ts";
import type { createUploads } from "./uploads.ts";

export interface Service {
  readonly store: ObjectStore;
  readonly uploads: ReturnType<typeof createUploads>;
  readonly signIn: SignIn;
  /** Permissions that nobody has. */
  readonly denied: ReadonlySet<string>;
  baseUrl(): string;
}

export function createOperations({ store, uploads, signIn, denied, baseUrl }: Service) {
  return async function run(call: Call, url: URL): Promise<void> {
    const { query, bucket, object } = call;
    switch (call.operation) {
      case "token":
        return signIn.issue(call, `${baseUrl()}/token`);
      case "buckets.list":
        return answerJson(call, 200, { kind: "storage#buckets", items: store.buckets() });
      case "buckets.insert": {
        const { name, ...fields } = await bodyJson(call);
        return answerJson(call, 200, store.createBucket(String(name ?? ""), fields));
      }
      case "buckets.get":
        return answerJson(call, 200, store.bucket(bucket));
      case "buckets.patch":
        return answerJson(call, 200, store.patchBucket(bucket, await bodyJson(call)));
      case "buckets.delete":
        store.deleteBucket(bucket);
        return answerEmpty(call, 204);
      case "buckets.testPermissions": {
        store.bucket(bucket);
        const asked = query.getAll("permissions");
        const held = asked.filter((permission) => !denied.has(permission));
        return answerJson(call, 200, { kind: "storage#testIamPermissionsResponse", permissions: held });
      }
      case "objects.list": {
        const { items, prefixes, last } = listPage(store.objects(bucket).values(), listQuery(call));
        return answerJson(call, 200, {
          kind: "storage#objects",
          ...(items.length === 0 ? {} : { items }),
          ...(prefixes.length === 0 ? {} : { prefixes }),
          ...(last === undefined ? {} : { nextPageToken: encodeToken(last) }),
        });
      }
      case "objects.get": {
        const record = store.object(bucket, object, query.get("generation"));
        checkPreconditions(query, record);
        return answerJson(call, 200, record);
      }
      case "objects.patch": {
        const record = store.object(bucket, object, query.get("generation"));
        checkPreconditions(query, record);
        return answerJson(call, 200, store.patchObject(record, await bodyJson(call)));
      }
      case "objects.delete": {
        const record = store.object(bucket, object, query.get("generation"));
        checkPreconditions(query, record);
        store.deleteObject(record);
        if (call.fault?.loseAnswer) throw new Cut();
        return answerEmpty(call, 204);
      }
      case "signed.read":
        checkSignedUrl(call, url, signIn.publicKey);
        return sendObject(store, call);
      case "objects.media":
        return sendObject(store, call);
      case "objects.compose":
        return composeObject(store, call);
      case "objects.rewrite":
        return rewriteObject(store, call);
      case "objects.insert":
        return uploads.insert(call);
      case "resumable.start":
        return uploads.start(call, baseUrl());
      case "resumable.write":
      case "resumable.status":
        return uploads.write(call);
      case "resumable.cancel":
        return uploads.cancel(call);
      case "bare":
        return call.request.method === "PUT" ? takeBare(store, call) : sendBare(store, call);
      default:
        throw new ApiError(501, "notImplemented", `${call.request.method} ${url.pathname}`);
    }
  };
}
