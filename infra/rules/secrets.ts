import type { Rule } from './rule.ts';
import { called, type Placed, placed, texts } from './stacks.ts';

/** Who writes, by number: everybody may know it. */
const isWriterEpoch = ({ type, id }: Placed): boolean =>
  type === 'aws_secretsmanager_secret_version' && id.endsWith('-dr-writer-epoch-value');

/**
 * What the canary shows, which opens the versions of services and nothing else. Cognito and API Gateway make it up, and their resources keep it in the
 * state: the provider knows no other way.
 */
const isCanary = ({ type, args }: Placed): boolean =>
  type === 'aws_secretsmanager_secret_version' &&
  /^\$\{jsonencode\(\{(?:"\w+" = aws_(?:cognito_user_pool_client\.client-canary|api_gateway_api_key\.canary-key)\.\w+(?:, )?)+\}\)\}$/.test(
    args.secret_string_wo,
  );

export const secretRules: Record<string, Rule> = {
  'no password and no secret value is written down': (stacks) =>
    placed(stacks).flatMap((one) =>
      [...texts(one.args)].flatMap(([path, text]) => {
        const field = path.at(-1) as string;
        const secret = /(?:^|_)(?:password|secret_string|secret_binary|secret_key|token|private_key)(?:_wo)?$/.test(
          field,
        );
        if (
          secret &&
          // How long tokens live.
          !path.includes('token_validity_units') &&
          !isWriterEpoch(one) &&
          !isCanary(one) &&
          !(field.endsWith('_wo') && /^\$\{.*\}$/.test(text) && /ephemeral\.|data\.aws_kms_public_key\./.test(text))
        )
          return [`${called(one)}: ${path.join('.')} has a value; write an ephemeral one by ${field}_wo`];
        if (text.includes('ephemeral.') && !field.endsWith('_wo'))
          return [`${called(one)}: ${path.join('.')} would keep an ephemeral value`];
        return /AKIA[0-9A-Z]{16}|-----BEGIN|xox[bp]-|ghp_/.test(text)
          ? [`${called(one)}: ${path.join('.')} has a secret`]
          : [];
      }),
    ),
};
