/** @file Prompt templates for checkpoints that come without one, in the language of chat templates (Jinja). */

/** A template and the system prompt that its models were trained with. */
export interface PromptTemplate {
  readonly name: string;
  readonly jinja: string;
  /** What the models saw as system prompt; '' where they saw none. A suggestion: it is not sent unless asked for. */
  readonly systemPrompt: string;
}

/** LLaVA-1.5, LLaVA-1.6 and others on Vicuna: `USER: <image>\n… ASSISTANT:`, the system prompt in front. */
export const vicunaTemplate: PromptTemplate = {
  name: 'vicuna',
  jinja:
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] + ' ' }}" +
    "{% else %}{{ message['role'] | upper + ': ' }}{% for part in message['content'] %}" +
    "{{ '<image>\\n' if part['type'] == 'image' else part['text'] + ' ' }}{% endfor %}{% endif %}{% endfor %}" +
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}",
  systemPrompt:
    'A chat between a curious user and an artificial intelligence assistant. ' +
    "The assistant gives helpful, detailed, and polite answers to the user's questions.",
};

/** LLaVA-Interleave and LLaVA-OneVision on Qwen2: ChatML as their model cards write it, without line breaks between turns. */
export const chatmlTemplate: PromptTemplate = {
  name: 'chatml',
  jinja:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + ' ' }}{% for part in message['content'] %}" +
    "{{ '<image>' if part['type'] == 'image' else '\\n' + part['text'] }}{% endfor %}{{ '<|im_end|>' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant' }}{% endif %}",
  systemPrompt: '',
};

/** LLaVA-1.6 on Mistral: instructions in brackets, a system prompt as their first line. */
export const mistralTemplate: PromptTemplate = {
  name: 'mistral',
  jinja:
    "{{ '[INST] ' }}{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] + '\\n' }}" +
    "{% else %}{% for part in message['content'] %}{{ '<image>\\n' if part['type'] == 'image' else part['text'] }}{% endfor %}{% endif %}" +
    "{% endfor %}{{ ' [/INST]' }}",
  systemPrompt: '',
};

/** Chooses the template for a decoder by the `model_type` of its text config. */
export function defaultTemplate(textModelType: string): PromptTemplate {
  if (textModelType.startsWith('qwen')) return chatmlTemplate;
  return textModelType === 'mistral' ? mistralTemplate : vicunaTemplate;
}
